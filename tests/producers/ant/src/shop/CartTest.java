package shop;

import static org.junit.Assert.assertEquals;
import static org.junit.Assume.assumeTrue;

import org.junit.Ignore;
import org.junit.Test;

public class CartTest {
    @Test
    public void isEmptyAtFirst() {
        assertEquals(0, 0);
    }

    @Test
    public void addsUp() {
        assertEquals("two teas & a <cent>", 901, 900);
    }

    @Test
    public void breaks() {
        throw new IllegalStateException("till: \u001b[31mno paper\u001b[0m bell\u0007 ]]>", new RuntimeException("cause ☕"));
    }

    @Test
    public void größe() {
        System.out.println("\u001b[31mred\u001b[0m bell\u0007 nul\u0000 ]]> <b> ☕ 🛒");
        System.err.println("on stderr");
    }

    @Test
    @Ignore("no provider in <tests>")
    public void pays() {}

    @Test
    public void assumes() {
        assumeTrue("no printer", false);
    }

    @Test(timeout = 50)
    public void slow() throws Exception {
        Thread.sleep(5000);
    }

    @Test
    public void noMessage() {
        throw new NullPointerException();
    }
}
