package shop;

import org.testng.Assert;
import org.testng.IRetryAnalyzer;
import org.testng.ITestResult;
import org.testng.SkipException;
import org.testng.annotations.DataProvider;
import org.testng.annotations.Test;

public class CartTest {
    private static int calls;

    /** Tries a test once more. */
    public static class Again implements IRetryAnalyzer {
        private int count;

        @Override
        public boolean retry(ITestResult result) {
            return count++ < 2;
        }
    }

    @Test
    public void isEmptyAtFirst() {
        Assert.assertEquals(0, 0);
    }

    @Test
    public void addsUp() {
        Assert.assertEquals(900, 901, "two teas & a <cent>");
    }

    @Test
    public void breaks() {
        throw new IllegalStateException("till: \u001b[31mno paper\u001b[0m bell\u0007 ]]>");
    }

    @Test(enabled = false)
    public void refunds() {}

    @Test
    public void pays() {
        throw new SkipException("no provider in <tests>");
    }

    @Test(dependsOnMethods = "breaks")
    public void depends() {}

    @DataProvider
    public Object[][] goods() {
        return new Object[][] {{"tea", 450}, {"mug", 1201}, {"Käse ☕", 0}};
    }

    @Test(dataProvider = "goods")
    public void price(String name, int cents) {
        Assert.assertEquals(cents, name.equals("tea") ? 450 : name.equals("mug") ? 1200 : 0);
    }

    @Test(retryAnalyzer = Again.class)
    public void passesTheSecondTime() {
        calls++;
        Assert.assertTrue(calls >= 2, "try " + calls + ": gateway busy");
    }

    @Test(retryAnalyzer = Again.class)
    public void neverPasses() {
        Assert.fail("no answer in 30 s");
    }
}
