package shop;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;

@RunWith(Parameterized.class)
public class PriceTest {
    @Parameterized.Parameters(name = "{0}")
    public static Iterable<Object[]> goods() {
        return Arrays.asList(new Object[][] {{"tea", 450}, {"mug", 1201}, {"Käse ☕", 0}});
    }

    private final String name;
    private final int cents;

    public PriceTest(String name, int cents) {
        this.name = name;
        this.cents = cents;
    }

    @Test
    public void price() {
        assertEquals(name.equals("tea") ? 450 : name.equals("mug") ? 1200 : 0, cents);
    }
}
