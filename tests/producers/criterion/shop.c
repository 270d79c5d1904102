#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

Test(cart, is_empty_at_first) { cr_assert_eq(0, 0); }
Test(cart, adds_up) {
  cr_expect_eq(900, 901, "two teas & a <cent>");
  cr_expect_str_eq("tea", "mug \033[31mred\033[0m");
}
Test(cart, crashes) { abort(); }
Test(cart, exits) { exit(3); }
Test(cart, pays, .disabled = true) { cr_assert_fail("no provider"); }
Test(cart, refunds) { cr_skip_test("no provider in <tests>"); }
Test(cart, prints) { printf("\033[31mred\033[0m bell\007\n"); cr_assert_fail("bell\007 ]]> ☕"); }
Test(cart, slow, .timeout = 0.2) { for (;;) {} }

static void no_power(void) { cr_assert_fail("till: no power"); }
Test(till, opens, .init = no_power) {}

ParameterizedTestParameters(prices, even) {
  static int cents[] = {450, 1201};
  return cr_make_param_array(int, cents, 2);
}
ParameterizedTest(int *cents, prices, even) { cr_assert_eq(*cents % 2, 0); }
