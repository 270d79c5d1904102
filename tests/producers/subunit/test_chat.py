"""A chat room's unit tests."""

from __future__ import annotations

import sys
import unittest


class Room:
    """Members and messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def say(self, text: str) -> None:
        """Add a message; an empty one is refused."""
        if not text:
            raise ValueError("empty message")
        self.messages.append(text)


class RoomTest(unittest.TestCase):
    """What a room does."""

    def setUp(self) -> None:
        self.room = Room()

    def test_say(self) -> None:
        self.room.say("hi")
        self.assertEqual(self.room.messages, ["hi"])

    def test_order(self) -> None:
        """Messages come in order."""
        self.room.say("b")
        self.room.say("a")
        self.assertEqual(self.room.messages, ["a", "b"])

    def test_empty(self) -> None:
        self.room.say("")

    def test_grüße(self) -> None:
        self.room.say("Grüße ☕ 日本")
        self.assertIn("☕", self.room.messages[0])

    def test_prints(self) -> None:
        print("\x1b[31mred\x1b[0m bell\x07 nul\x00 ]]> <b> &")
        print("on stderr", file=sys.stderr)
        self.fail("\x1b[1mbold\x1b[0m message with bell \x07")

    @unittest.skip("no moderation yet")
    def test_moderation(self) -> None:
        raise AssertionError

    @unittest.expectedFailure
    def test_known_bug(self) -> None:
        self.assertEqual(1, 2)

    @unittest.expectedFailure
    def test_fixed_bug(self) -> None:
        self.assertEqual(1, 1)

    def test_lengths(self) -> None:
        for length in (1, 2, 3, 4):
            with self.subTest(length=length):
                self.assertEqual(length % 2, 0)


class ServerTest(unittest.TestCase):
    """A class whose set-up fails."""

    @classmethod
    def setUpClass(cls) -> None:
        raise ConnectionError("chat server: connection refused")

    def test_join(self) -> None:
        pass

    def test_leave(self) -> None:
        pass


class ArchiveTest(unittest.TestCase):
    """Set-up and tear-down of one test fail."""

    def setUp(self) -> None:
        if "setup" in self.id():
            raise OSError("archive: disk full")

    def tearDown(self) -> None:
        if "teardown" in self.id():
            raise OSError("archive: not closed")

    def test_with_bad_setup(self) -> None:
        pass

    def test_with_bad_teardown(self) -> None:
        pass

    def test_fails_with_bad_teardown(self) -> None:
        self.assertTrue(False)
