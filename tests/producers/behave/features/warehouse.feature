@warehouse
Feature: Lager – 倉庫

  Scenario: Count the stock
    Given an empty cart

  Scenario: Count it again
    Given an empty cart
