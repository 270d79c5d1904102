package shop;

import org.junit.BeforeClass;
import org.junit.Test;

public class WarehouseTest {
    @BeforeClass
    public static void connect() {
        throw new IllegalStateException("warehouse: connection refused");
    }

    @Test
    public void counts() {}

    @Test
    public void recounts() {}
}
