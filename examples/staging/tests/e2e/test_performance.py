"""Performance: answers come in time."""

import time

import pytest
from harbor import Harbor, Token

LIMITS = [("/health", 0.5), ("/agents", 0.8), ("/auth/provider", 0.8)]


@pytest.mark.parametrize(("path", "seconds"), LIMITS)
def test_answer_in_time(harbor: Harbor, path: str, seconds: float) -> None:
    """A plain request is answered in time."""
    since = time.perf_counter()
    assert harbor.get(path).status == 200
    assert time.perf_counter() - since < seconds


def test_sign_in_in_time(harbor: Harbor) -> None:
    """A sign-in takes less than two seconds, password stretching and all."""
    since = time.perf_counter()
    assert harbor.sign_in().status == 200
    assert time.perf_counter() - since < 2


def test_ten_starts_in_time(harbor: Harbor, token: Token) -> None:
    """Ten pipelines are started in less than five seconds, each with a name of its own."""
    since = time.perf_counter()
    assert len({harbor.start(token, "pilot") for _ in range(10)}) == 10
    assert time.perf_counter() - since < 5
