package shop;

import static org.junit.Assert.fail;

import org.junit.After;
import org.junit.Test;

public class TillTest {
    @After
    public void close() {
        throw new IllegalStateException("till: left open");
    }

    @Test
    public void opens() {}

    @Test
    public void jams() {
        fail("till: jammed");
    }
}
