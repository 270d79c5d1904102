package shop;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WarehouseTest {
    @BeforeAll
    static void connect() {
        throw new IllegalStateException("warehouse: connection refused");
    }

    @Test
    void counts() {}

    @Test
    void recounts() {}
}
