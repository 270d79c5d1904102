#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <iostream>
#include <stdexcept>

TEST_CASE("cart is empty at first", "[cart]") { REQUIRE(0 == 0); }

TEST_CASE("cart adds up", "[cart]") {
  int cents = 900;
  INFO("two teas & a <cent>");
  CHECK(cents == 901);
  CHECK(cents == 902);
}

TEST_CASE("vouchers", "[voucher]") {
  SECTION("valid") { CHECK(1 == 1); }
  SECTION("too old") {
    CHECK(1 == 2);
    SECTION("by a year") { throw std::runtime_error("till: no paper"); }
  }
}

TEST_CASE("Größe ☕ 日本 <&>") { SUCCEED(); }

TEST_CASE("prints colours") {
  std::cout << "\033[31mred\033[0m bell\007 ]]> <b>\n";
  std::cerr << "on stderr\n";
  FAIL("\033[1mbold\033[0m bell\007 ]]>");
}

TEST_CASE("hidden one", "[.]") { FAIL(); }
TEST_CASE("may fail", "[!mayfail]") { CHECK(1 == 2); }
TEST_CASE("should fail", "[!shouldfail]") { CHECK(1 == 2); }
TEST_CASE("should fail but passes", "[!shouldfail]") { CHECK(1 == 1); }

TEST_CASE("prices", "[generators]") {
  auto cents = GENERATE(450, 1201);
  CHECK(cents % 10 == 0);
}

TEMPLATE_TEST_CASE("numbers", "[template]", int, char) { CHECK(sizeof(TestType) == 4); }

struct Till {
  Till() { throw std::runtime_error("till: no power"); }
};
TEST_CASE_METHOD(Till, "till opens") { SUCCEED(); }
