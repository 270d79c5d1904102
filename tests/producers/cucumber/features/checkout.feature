@shop
Feature: Checkout

  Background:
    Given an empty cart

  Scenario: Pay for one tea
    When I add 1 "tea"
    Then the total is 450 cents

  Scenario: Wrong total <&>
    When I add 2 "tea"
    Then the total is 901 cents

  Scenario: The till breaks
    When the till breaks

  Scenario: A step nobody wrote
    When I pay with a fish

  Scenario: Not finished
    When I send a postcard

  Scenario: Skipped from a step
    When I have no printer

  @broken
  Scenario: A hook breaks
    Then the total is 0 cents

  @flaky
  Scenario: Passes the second time
    When the gateway answers the second time

  @flaky
  Scenario: Never passes
    When the gateway never answers

  Scenario Outline: Prices of <name>
    When I add <count> "<name>"
    Then the total is <cents> cents

    Examples: Goods
      | name | count | cents |
      | tea  | 1     | 450   |
      | mug  | 2     | 2401  |
      | Käse | 3     | 0     |

  Rule: Vouchers
    Scenario: Größe ☕ 日本
      Then the total is 0 cents
