"""A module that cannot be collected."""

from shop_that_does_not_exist import till


def test_till() -> None:
    assert till
