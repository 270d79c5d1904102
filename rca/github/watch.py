"""The end of all waiting: a host that sends a byte now and then keeps every timeout of the libraries from ending."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import requests

T = TypeVar("T")
LOOK = 0.5  # seconds; also after what a Ctrl-C is heard where waiting for a thread cannot be interrupted


class BrokenError(requests.exceptions.RequestException):
    """The answer ended too early, took too long or was too large; `kind` says which."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def within(allowed: Callable[[], float], work: Callable[[], T]) -> T:
    """Do something that must not take longer than it is allowed to; raises what it raises, and BrokenError when it is overdue.

    allowed: seconds, asked again and again, since what has come so far may allow more. What is overdue is left to itself, in a
    thread that ends with the process: nothing of it may be used any more.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 -- raised where it is waited for
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    began = time.monotonic()
    thread.start()
    while thread.is_alive():
        left = began + allowed() - time.monotonic()
        if left <= 0:
            raise BrokenError("slow")
        thread.join(min(left, LOOK))
    if failed:
        raise failed.pop()
    return done.pop()
