from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.failures.near import LEADERS, Message, leaders
from rca.text.normalise import normalise
from tests.timing import assert_linear


def lead(*messages: str, places: tuple[str, ...] = ()) -> list[int]:
    return leaders([Message("Error", places[i] if places else "a.py:f", normalise(text), 1) for i, text in enumerate(messages)])


# Values may differ, also those that normalising does not know.
ALIKE = [
    ("cannot open [1, 2, 3] of the till", "cannot open [1] of the till"),
    ("pod web-bcdfg is not ready on node kzxvw", "pod web-trqpl is not ready on node bxzrt"),
    ("token aGVsbG8gd29ybGQxMjM is not known", "token Zm9vYmFyYmF6cXV4NDU is not known"),
    ("no file /home/ann/work/shop/data/till.csv here", "no file /builds/team/shop/data/till.csv here"),
    ("voucher (a): refused.", "voucher (a): refused"),
]
# A word that differs tells another cause.
APART = [
    ("field email is missing in the order", "field phone is missing in the order"),
    ("cannot connect to orders-db: refused", "cannot connect to users-db: refused"),
    ("POST /orders answered with status 502", "POST /orders answered with status 503"),
    ("service billing is not ready to take orders", "service refunds is not ready to take orders"),
    ("the order was not found in the till", "the order was found in the till"),
    ("expected 'open' but the till was 'closed'", "expected 'open' but the till was 'locked'"),
    ("killed by signal 9 while opening the till", "killed by signal 11 while opening the till"),
    ("no such table: orders_2", "no such table: users_2"),
    ("cannot read /srv/shop/data/till.csv at all", "cannot read /srv/shop/data/shop.csv at all"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_other_values_are_near_duplicates(one, other):
    assert lead(one, other) in ([0, 0], [1, 1])


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_words_are_other_causes(one, other):
    assert lead(one, other) == [0, 1]


def test_place_and_type_must_agree():
    assert lead(*ALIKE[0], places=("a.py:f", "b.py:f")) == [0, 1]
    assert leaders([Message("AError", "", ALIKE[0][0], 1), Message("BError", "", ALIKE[0][1], 1)]) == [0, 1]


def test_the_most_frequent_leads_and_then_the_first_in_the_alphabet():
    many = Message("Error", "", "cannot open [<number>] of the till", 5)
    few = Message("Error", "", "cannot open [<number>, …] of the till", 2)
    assert leaders([few, many]) == [1, 1]
    assert leaders([few, Message("Error", "", many.normal, 2)]) == [0, 0]


def long(*ends: str) -> list[Message]:
    return [Message("", "", " ".join(["till"] * 45 + [end]), 1) for end in ends]


def test_likeness_is_never_handed_on():
    """The second is like the first and the third like the second, but not like the first."""
    found = leaders(long("z " * 20, "z " * 60, "z " * 100))
    assert found[:2] == [0, 0]
    assert found[2] == 2


def test_a_group_has_few_leaders():
    rows = long(*(f"{chr(97 + number % 26) * 3} {chr(97 + number // 26) * 3} " * 30 for number in range(400)))
    assert len(set(leaders(rows))) > LEADERS
    assert leaders([]) == []


messages = st.lists(
    st.builds(
        Message,
        st.sampled_from(["A", "B"]),
        st.sampled_from(["", "f"]),
        st.text(alphabet="ab1 <>•.[]bcdfg", max_size=20),
        st.integers(1, 3),
    ),
    max_size=8,
)


@given(messages)
def test_leaders_lead_themselves(found):
    result = leaders(found)
    assert all(result[leader] == leader for leader in result)
    assert all(found[i][:2] == found[leader][:2] for i, leader in enumerate(result))


@given(messages, st.randoms(use_true_random=False))
def test_the_order_in_which_they_come_does_not_matter(found, random):
    found = list(dict.fromkeys(found))
    mixed = random.sample(found, len(found))
    pairs = lambda rows: {(rows[i], rows[leader]) for i, leader in enumerate(leaders(rows))}  # noqa: E731
    assert pairs(found) == pairs(mixed)


def test_many_messages_of_one_group_take_linear_time():
    letters = "bcdfghjklm"
    rows = lambda size: [Message("", "", f"till {''.join(letters[int(d)] for d in f'{n:08}')} " + "z" * (n % 300), 1) for n in range(size)]  # noqa: E731
    assert_linear(lambda size: leaders(rows(size)), 40_000)
