#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <iostream>
#include <stdexcept>

TEST_SUITE("cart") {
  TEST_CASE("is empty at first") { CHECK(0 == 0); }

  TEST_CASE("adds up") {
    int cents = 900;
    CHECK(cents == 901);
    CHECK_MESSAGE(cents == 902, "two teas & a <cent>");
  }

  TEST_CASE("breaks") { throw std::runtime_error("till: no paper"); }
}

TEST_CASE("vouchers") {
  SUBCASE("valid") { CHECK(1 == 1); }
  SUBCASE("too old") {
    CHECK(1 == 2);
    SUBCASE("by a year") { CHECK(2 == 3); }
  }
}

TEST_CASE("Größe ☕ 日本 <&>") { CHECK(true); }

TEST_CASE("prints colours") {
  std::cout << "\033[31mred\033[0m bell\007\n";
  FAIL("\033[1mbold\033[0m bell\007 ]]>");
}

TEST_CASE("pays" * doctest::skip()) { FAIL("no provider"); }
TEST_CASE("may fail" * doctest::may_fail()) { CHECK(1 == 2); }
TEST_CASE("should fail" * doctest::should_fail()) { CHECK(1 == 2); }
TEST_CASE("should fail but passes" * doctest::should_fail()) { CHECK(1 == 1); }
TEST_CASE_TEMPLATE("numbers", T, int, char) { CHECK(sizeof(T) == 4); }
