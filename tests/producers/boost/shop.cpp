#define BOOST_TEST_MODULE Shop
#include <boost/test/data/test_case.hpp>
#include <boost/test/included/unit_test.hpp>

#include <iostream>
#include <stdexcept>
#include <vector>

namespace utf = boost::unit_test;

BOOST_AUTO_TEST_SUITE(cart)

BOOST_AUTO_TEST_CASE(is_empty_at_first) { BOOST_TEST(0 == 0); }

BOOST_AUTO_TEST_CASE(adds_up) {
  int cents = 900;
  BOOST_TEST(cents == 901, "two teas & a <cent>");
  BOOST_CHECK_EQUAL(cents, 902);
}

BOOST_AUTO_TEST_CASE(breaks) { throw std::runtime_error("till: no paper ☕"); }

BOOST_AUTO_TEST_SUITE(vouchers)

BOOST_AUTO_TEST_CASE(prints_colours) {
  std::cout << "\033[31mred\033[0m bell\007\n";
  BOOST_TEST_MESSAGE("a note with \033[1mbold\033[0m bell\007 ]]>");
  BOOST_FAIL("\033[1mbold\033[0m bell\007 ]]>");
}

BOOST_AUTO_TEST_CASE(pays, *utf::disabled()) { BOOST_FAIL("no provider"); }

BOOST_AUTO_TEST_CASE(refunds, *utf::precondition([](utf::test_unit_id) {
  boost::test_tools::assertion_result result(false);
  result.message() << "no provider in <tests>";
  return result;
})) {}

BOOST_AUTO_TEST_CASE(known_bug, *utf::expected_failures(1)) { BOOST_TEST(1 == 2); }

BOOST_AUTO_TEST_SUITE_END()

BOOST_DATA_TEST_CASE(prices, utf::data::make(std::vector<int>{450, 1201}), cents) { BOOST_TEST(cents % 10 == 0); }

BOOST_AUTO_TEST_CASE(asserts_nothing) {}

BOOST_AUTO_TEST_SUITE_END()

struct Till {
  Till() { throw std::runtime_error("till: no power"); }
};
BOOST_FIXTURE_TEST_CASE(till_opens, Till) { BOOST_TEST(true); }
