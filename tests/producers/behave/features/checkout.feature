@shop
Feature: Checkout
  A customer pays for a cart.

  Background:
    Given an empty cart

  Scenario: Pay for one tea
    When I add 1 tea
    Then the total is 450 cents

  @slow
  Scenario: Wrong total
    When I add 2 tea
    Then the total is 901 cents

  Scenario: The till breaks
    When the till breaks

  Scenario: A step nobody wrote
    When I pay with a fish

  @skip
  Scenario: Not yet
    When I add 1 tea

  Scenario: Skipped from a step
    When I have no printer
    Then the total is 0 cents

  Scenario Outline: Prices of <name>
    When I add <count> <name>
    Then the total is <cents> cents

    Examples: Goods
      | name | count | cents |
      | tea  | 1     | 450   |
      | mug  | 2     | 2401  |
      | Käse | 3     | 0     |

  Scenario: Colours & <signs>
    When the till prints colours
    Then the total is 1 cents

  Rule: Vouchers
    Scenario: Empty voucher
      Then the total is 0 cents
