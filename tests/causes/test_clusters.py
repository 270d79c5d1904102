from __future__ import annotations

import random

import pytest

from rca.causes.clusters import group, make_clusters
from rca.causes.team_rules import TeamRules
from rca.config import ClusterRule, Config
from rca.failures.description import describe
from rca.model import Case, Cluster, Failure
from rca.workflow import take_in

NO_RULES = TeamRules()


def case(name: str, kind: str, message: str, *frames: str, classname: str = "shop.TillTest", suite: str = "") -> Case:
    text = "".join(f'  File "{frame.split(":")[0]}", line 3, in {frame.split(":")[1]}\n' for frame in reversed(frames))
    text = f"Traceback (most recent call last):\n{text}{kind}: {message}\n" if frames else ""
    return Case(suite, classname, name, "failed", failures=[Failure("failure", kind, message, text)])


def clusters(*cases: Case, rules: TeamRules = NO_RULES) -> tuple[Cluster, ...]:
    facts = group(cases, [describe(each) for each in cases], rules)
    return make_clusters(cases, ["category"] * len(cases), "run-1", facts=facts)


def together(*cases: Case, rules: TeamRules = NO_RULES) -> list[str]:
    """The names of the cases of each cluster."""
    return ["".join(each.rpartition("::")[2] for each in cluster.cases) for cluster in clusters(*cases, rules=rules)]


def test_a_cluster_says_all_that_is_known_of_it():
    cases = (case("a", "OSError", "till 1 jammed", "shop/till.py:open"), case("b", "OSError", "till 22 jammed", "shop/till.py:open"))
    (found,) = clusters(*cases)
    assert (found.id, found.title, found.error_type, found.message) == ("c1", "OSError: till 1 jammed", "OSError", "till 1 jammed")
    assert (
        found.why_matched
        == "all 2 share the type OSError, the message, apart from numbers, times, ids and paths in it and the frame shop/till.py:open"
    )
    assert (found.frames, found.confidence, found.merged, found.rule) == (("shop/till.py:open",), "high", (), "")
    assert found.keys is not None
    assert found.keys.cause == found.fingerprint == cases[0].cause == cases[1].fingerprint
    assert (found.runs, found.categories, found.example) == (("run-1",), ("category",), found.cases[0])


def test_the_place_tells_causes_apart():
    assert together(
        case("a", "OSError", "jammed", "shop/till.py:open"), case("b", "OSError", "jammed", "shop/till.py:close"), case("c", "OSError", "jammed", "shop/till.py:open")
    ) == ["ac", "b"]  # fmt: skip


def test_near_duplicates_are_merged_and_said():
    cases = [
        case(name, "OSError", f"no {values} in the till", "shop/till.py:open")
        for name, values in (("a", "[1, 2]"), ("b", "[3]"), ("c", "[4, 5, 6]"))
    ]
    (found,) = clusters(*cases)
    assert found.merged == (cases[1].cause,)
    assert found.fingerprint == cases[0].cause == cases[1].fingerprint != cases[1].cause
    assert found.why_matched.endswith("; 1 near-duplicate of the message is among them")
    assert found.confidence == "medium"


def test_a_helper_that_many_causes_show_does_not_count():
    generic = [case(name, "TimeoutError", "timed out", "shop/session.py:perform", f"shop/area_{name}.py:run") for name in "abc"]
    telling = [
        case(name, "OSError", f"{word} jammed", "shop/session.py:perform", f"shop/area_{name}.py:run")
        for name, word in (("x", "till"), ("y", "door"))
    ]
    assert together(*generic) == ["abc"]
    found = clusters(*generic, *telling)
    assert [len(each.cases) for each in found] == [1] * 5
    assert all(each.fingerprint != each.keys.cause for each in found[:3] if each.keys)
    again = clusters(*generic, *telling, case("d", "TimeoutError", "timed out", "shop/session.py:perform", "shop/area_a.py:run"))
    assert again[0].why_matched == (
        "all 2 share the type TimeoutError, the message and the frame shop/area_a.py:run; the frame shop/session.py:perform does not count, "
        "since many causes show it"
    )
    assert again[0].confidence == "medium"


def test_a_message_that_says_nothing_falls_back_to_the_test():
    found = clusters(case("a[1]", "", "timed out"), case("a[2]", "", "timed out"), case("b", "", "timed out"))
    assert [len(each.cases) for each in found] == [2, 1]
    assert found[0].confidence == "low"
    assert found[0].why_matched == "all 2 share the message and the name of the test, since message and frames say nothing"


def test_a_test_whose_parts_failed_stands_with_them():
    parts = [case("Prices/mug", "", "mug is dear", classname="cart"), case("Prices", "", "Failed", classname="cart")]
    (found,) = clusters(*parts)
    assert found.why_matched == "all 2 share the message; tests whose parts are these failed with them"
    assert together(*parts, case("Prices/tea", "", "tea is cold", classname="cart")) == ["Prices/mug", "Prices", "Prices/tea"]
    assert together(case("Prices", "", "Failed"), case("Price/mug", "", "mug is dear")) == ["Prices", "Price/mug"]
    deep = [case("A/b/c", "", "mug is dear"), case("A/b", "", "Failed"), case("A", "", "Failed")]
    assert len(clusters(*deep)) == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_order_does_not_change_who_is_together(seed):
    cases = [
        case(f"t{number}", "OSError", f"no {list(range(number % 4))} in the {word}", f"shop/{word}.py:open")
        for number in range(12)
        for word in ("till", "door")
    ]
    wanted = {frozenset(each.cases) for each in clusters(*cases)}
    random.Random(seed).shuffle(cases)
    assert {frozenset(each.cases) for each in clusters(*cases)} == wanted


RULES = [
    ({"name": "one", "type": ["OS*"]}, ["abc", "d"]),
    ({"name": "one", "message": ["*jammed*"]}, ["abd", "c"]),
    ({"name": "one", "frame": ["shop/till.py:*"]}, ["acd", "b"]),
    ({"name": "one", "tests": ["shop.TillTest"], "type": ["ValueError", "OSError"]}, ["abcd"]),
    ({"name": "one", "tests": {"name": ["a", "d"]}}, ["ad", "b", "c"]),
    ({"name": "one", "type": ["Never*"]}, ["a", "b", "c", "d"]),
    ({"name": "one", "action": "split", "by": "test", "type": ["*"]}, ["a", "b", "c", "d"]),
    ({"name": "one", "action": "split", "by": "class", "type": ["*"]}, ["abcd"]),
    ({"name": "one", "action": "split", "by": "frame", "type": ["*"]}, ["acd", "b"]),
    ({"name": "one", "action": "split", "by": "message", "type": ["*"]}, ["a", "b", "c", "d"]),
]


@pytest.mark.parametrize(("rule", "expected"), RULES)
def test_a_teams_rules_decide(rule, expected):
    cases = (
        case("a", "OSError", "till jammed", "shop/till.py:open"),
        case("b", "OSError", "door jammed", "shop/door.py:open"),
        case("c", "OSError", "till locked", "shop/till.py:open"),
        case("d", "ValueError", "till jammed", "shop/till.py:open"),
    )
    assert together(*cases, rules=TeamRules([ClusterRule.model_validate(rule)])) == expected


def test_the_first_rule_that_fits_decides():
    rules = TeamRules([ClusterRule(name="jams", message=("*jammed*",)), ClusterRule(name="all", type=("*",))])
    found = clusters(case("a", "OSError", "jammed"), case("b", "OSError", "locked"), case("c", "XError", "jammed"), rules=rules)
    assert [(each.title, len(each.cases), each.why_matched, each.confidence) for each in found] == [
        ("jams", 2, "the rule jams of the configuration", "high"),
        ("all", 1, "the rule all of the configuration", "high"),
    ]
    assert found[0].fingerprint.startswith("v1:")


def test_what_a_rule_splits_is_not_merged_again():
    rules = TeamRules([ClusterRule(name="apart", action="split", by="message", type=("OSError",))])
    cases = [case(name, "OSError", f"no {values} in the till", "shop/till.py:open") for name, values in (("a", "[1, 2]"), ("b", "[3]"))]
    assert together(*cases) == ["ab"]
    assert together(*cases, rules=rules) == ["a", "b"]
    assert clusters(*cases, rules=rules)[0].title == "OSError: no [1, 2] in the till"


def test_cases_of_a_stored_record_need_no_facts():
    cases = [case("a", "OSError", "jammed", "shop/till.py:open"), case("b", "OSError", "locked", "shop/till.py:open")]
    first = clusters(*cases)
    again = make_clusters(cases, ["category"] * 2, "run-1")
    assert [(each.fingerprint, each.title, each.frames, each.keys) for each in again] == [
        (each.fingerprint, each.title, each.frames, each.keys) for each in first
    ]
    cases[1].fingerprint = cases[0].fingerprint
    assert [len(each.cases) for each in make_clusters(cases, ["category"] * 2, "run-1")] == [2]
    assert make_clusters([], [], "run-1") == ()


def test_rules_of_the_configuration_reach_the_clusters(tmp_path):
    path = tmp_path / "report.xml"
    rows = "".join(f"<testcase classname='c' name='{name}'><failure message='{name} jammed'/></testcase>" for name in ("till", "door"))
    path.write_text(f"<testsuite>{rows}</testsuite>", encoding="utf-8")
    config = Config.model_validate({"clusters": [{"name": "jams", "message": ["*jammed"]}]})
    assert [each.title for each in take_in([str(path)], config).clusters] == ["jams"]
    assert len(take_in([str(path)], Config()).clusters) == 2


def test_wrapped_and_bare_exceptions_meet():
    bare = case("a", "OSError", "till jammed", "shop/till.py:open")
    wrapped = case("b", "ShopError", "no order 17", "shop/till.py:open")
    wrapped.failures[
        0
    ].text = f"{bare.failures[0].text}\nThe above exception was the direct cause of the following exception:\n\n{wrapped.failures[0].text}"
    (found,) = clusters(wrapped, bare)
    assert (found.error_type, found.message) == ("OSError", "till jammed")
    assert found.why_matched == (
        "all 2 share the type OSError, the message and the frame shop/till.py:open; of exceptions that cause one another the innermost counts"
    )
