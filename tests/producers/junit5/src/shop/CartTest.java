package shop;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Wagen ☕ <&>")
class CartTest {
    @Test
    void isEmptyAtFirst() {
        assertEquals(0, 0);
    }

    @Test
    @Tag("slow")
    void addsUp() {
        assertEquals(901, 900, "two teas & a <cent>");
    }

    @Test
    void breaks() {
        throw new IllegalStateException("till: \u001b[31mno paper\u001b[0m bell\u0007 nul\u0000 ]]>");
    }

    @Test
    @DisplayName("Größe 日本")
    void size() {
        System.out.println("\u001b[31mred\u001b[0m bell\u0007 ]]> <b> ☕ 🛒");
        System.err.println("on stderr");
    }

    @Test
    void reports(TestReporter reporter) {
        reporter.publishEntry("ticket", "SHOP-7");
    }

    @Test
    @Disabled("no provider in <tests>")
    void pays() {}

    @Test
    void assumes() {
        assumeTrue(false, "no printer");
    }

    @Test
    void manyFailures() {
        assertAll(() -> assertEquals(1, 2), () -> assertEquals("a", "b"));
    }

    @ParameterizedTest(name = "{0} costs {1}")
    @CsvSource({"tea, 450", "mug, 1201", "Käse, 0"})
    void price(String name, int cents) {
        assertEquals(name.equals("tea") ? 450 : name.equals("mug") ? 1200 : 0, cents);
    }

    @RepeatedTest(2)
    void repeated(RepetitionInfo info) {
        assertEquals(1, info.getCurrentRepetition());
    }

    @Nested
    class Vouchers {
        @Test
        void valid() {}

        @Nested
        class Old {
            @Test
            void tooOld() {
                assertEquals(1, 2);
            }
        }
    }
}
