Feature: Retried

  @flaky
  Scenario: Passes the second time
    Given a gateway that answers the second time

  @flaky
  Scenario: Never passes
    Given a gateway that never answers
