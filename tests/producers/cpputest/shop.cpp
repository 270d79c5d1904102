#include "CppUTest/CommandLineTestRunner.h"
#include "CppUTest/TestHarness.h"

#include <stdexcept>

TEST_GROUP(Cart){};
TEST(Cart, IsEmptyAtFirst) { LONGS_EQUAL(0, 0); }
TEST(Cart, AddsUp) { LONGS_EQUAL_TEXT(901, 900, "two teas & a <cent>"); }
TEST(Cart, Name) { STRCMP_EQUAL("tea ☕", "mug \033[31mred\033[0m"); }
IGNORE_TEST(Cart, Pays) { FAIL("no provider"); }
TEST(Cart, Prints) { UT_PRINT("\033[31mred\033[0m bell\007 ]]>"); }

TEST_GROUP(Till) {
  void setup() { FAIL("till: no power"); }
};
TEST(Till, Opens) {}

int main(int argc, char** argv) { return CommandLineTestRunner::RunAllTests(argc, argv); }
