#include <gtest/gtest.h>

#include <cstdio>
#include <stdexcept>
#include <string>

static int tries = 0;

TEST(Cart, IsEmptyAtFirst) { EXPECT_EQ(0, 0); }

TEST(Cart, AddsUp) {
  int cents = 900;
  EXPECT_EQ(cents, 901) << "two teas & a <cent>";
  EXPECT_EQ(std::string("tea"), "mug");
}

TEST(Cart, Breaks) { throw std::runtime_error("till: no paper"); }

TEST(Cart, PrintsColours) {
  std::printf("\033[31mred\033[0m bell\007 ]]> <b>\n");
  FAIL() << "\033[1mbold\033[0m bell\007 vt\013 ]]> ☕";
}

TEST(Cart, DISABLED_Refunds) { FAIL(); }

TEST(Cart, Pays) { GTEST_SKIP() << "no payment provider"; }

TEST(Cart, Properties) {
  RecordProperty("ticket", "SHOP-7");
  RecordProperty("cents", 450);
}

TEST(Cart, PassesTheSecondTime) { EXPECT_GE(++tries, 2) << "try " << tries << ": gateway busy"; }

class Prices : public testing::TestWithParam<std::string> {};
TEST_P(Prices, AreShort) { EXPECT_LT(GetParam().size(), 4u); }
INSTANTIATE_TEST_SUITE_P(Goods, Prices, testing::Values("tea", "mug", "Käse", "<&>"),
                         [](const testing::TestParamInfo<std::string>& info) {
                           return "n" + std::to_string(info.index);
                         });
INSTANTIATE_TEST_SUITE_P(Plain, Prices, testing::Values("tea", "Käse ☕"));

template <typename T>
class Number : public testing::Test {};
using Numbers = testing::Types<int, unsigned char>;
TYPED_TEST_SUITE(Number, Numbers);
TYPED_TEST(Number, HoldsAPrice) { EXPECT_EQ(static_cast<int>(static_cast<TypeParam>(450)), 450); }

class Warehouse : public testing::Test {
 protected:
  static void SetUpTestSuite() { FAIL() << "warehouse: connection refused"; }
};
TEST_F(Warehouse, Counts) {}

class Till : public testing::Test {
 protected:
  void SetUp() override { FAIL() << "till: no power"; }
};
TEST_F(Till, Opens) {}
