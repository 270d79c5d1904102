<?php declare(strict_types=1);

namespace Shop;

use PHPUnit\Framework\TestCase;

final class WarehouseTest extends TestCase
{
    public static function setUpBeforeClass(): void
    {
        throw new \RuntimeException('warehouse: connection refused');
    }

    public function testCounts(): void
    {
        $this->assertTrue(true);
    }

    public function testRecounts(): void
    {
        $this->assertTrue(true);
    }
}
