"""A till, tested with Avocado."""

from __future__ import annotations

from avocado import Test, fail_on, skip


class Till(Test):
    """What a till does."""

    def test_opens(self) -> None:
        self.log.info("\x1b[31mred\x1b[0m bell\x07 nul\x00 <b> & ☕")

    def test_total(self) -> None:
        self.assertEqual(900, 901, "two teas & a <cent>")

    def test_breaks(self) -> None:
        raise OSError("till: \x1b[31mno paper\x1b[0m bell\x07")

    @fail_on(ValueError)
    def test_number(self) -> None:
        int("größe ☕")

    def test_prints_and_fails(self) -> None:
        print("\x1b[31mred\x1b[0m bell\x07 <b> & ☕")
        self.fail("\x1b[1mbold\x1b[0m bell\x07")

    def test_warns(self) -> None:
        self.log.warning("old till")

    @skip("no provider in <tests>")
    def test_pays(self) -> None:
        pass

    def test_cancels(self) -> None:
        self.cancel("no printer")


class Warehouse(Test):
    """Its set-up fails."""

    def setUp(self) -> None:
        raise ConnectionError("warehouse: connection refused")

    def test_counts(self) -> None:
        pass
