Feature: Twice

  Scenario: Same name
    Given an empty cart

  Scenario: Same name
    Given an empty cart
    Then the total is 1 cents
