#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void cart_is_empty(void **state) { (void)state; assert_int_equal(0, 0); }
static void cart_adds_up(void **state) { (void)state; assert_int_equal(900, 901); }
static void voucher_name(void **state) { (void)state; assert_string_equal("tea <&>", "mug \033[31mred\033[0m"); }
static void pays(void **state) { (void)state; skip(); }
static void prints(void **state) { (void)state; printf("\033[31mred\033[0m\n"); fail_msg("bell\007 ]]> ☕"); }
static void till_opens(void **state) { (void)state; }
static int no_power(void **state) { (void)state; return -1; }

int main(void) {
  const struct CMUnitTest cart[] = {
      cmocka_unit_test(cart_is_empty), cmocka_unit_test(cart_adds_up), cmocka_unit_test(voucher_name),
      cmocka_unit_test(pays),          cmocka_unit_test(prints),       cmocka_unit_test_setup(till_opens, no_power),
  };
  const struct CMUnitTest warehouse[] = {cmocka_unit_test(cart_is_empty)};
  return cmocka_run_group_tests_name("cart", cart, NULL, NULL) +
         cmocka_run_group_tests_name("warehouse", warehouse, no_power, NULL);
}
