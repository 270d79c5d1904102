<?php declare(strict_types=1);

namespace Shop;

use PHPUnit\Framework\TestCase;

final class TillTest extends TestCase
{
    protected function setUp(): void
    {
        throw new \LogicException('till: no power');
    }

    public function testOpens(): void
    {
        $this->assertTrue(true);
    }
}
