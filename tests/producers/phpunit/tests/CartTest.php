<?php declare(strict_types=1);

namespace Shop;

use PHPUnit\Framework\TestCase;

final class CartTest extends TestCase
{
    private const PRICES = ['tea' => 450, 'mug' => 1200];

    public function testIsEmptyAtFirst(): void
    {
        $this->assertSame(0, 0);
    }

    public function testAddsUp(): void
    {
        $this->assertSame(901, 2 * self::PRICES['tea'], 'two teas & a <cent>');
    }

    public function testOrder(): void
    {
        $this->assertEquals(['id' => 7, 'lines' => ['mug']], ['id' => 7, 'lines' => ['tea']]);
    }

    public function testBreaks(): void
    {
        throw new \RuntimeException("till: \x1b[31mno paper\x1b[0m bell\x07 ]]>");
    }

    /** @dataProvider goods */
    public function testPrice(string $name, int $cents): void
    {
        $this->assertSame($cents, self::PRICES[$name] ?? 0);
    }

    public function goods(): array
    {
        return ['tea' => ['tea', 450], 'mug <&>' => ['mug', 1201], 'Käse ☕' => ['Käse', 0], ['fish', 1]];
    }

    public function testPays(): void
    {
        $this->markTestSkipped('no provider in <tests>');
    }

    public function testRefunds(): void
    {
        $this->markTestIncomplete('not written yet');
    }

    public function testAssertsNothing(): void
    {
    }

    public function testPrints(): void
    {
        echo "\x1b[31mred\x1b[0m bell\x07 ]]> <b> ☕\n";
        $this->assertTrue(true);
    }

    public function testWarns(): void
    {
        trigger_error('old till', E_USER_WARNING);
    }

    /** @depends testBreaks */
    public function testDepends(): void
    {
        $this->assertTrue(true);
    }
}
