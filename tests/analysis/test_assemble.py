from __future__ import annotations

from xml.sax.saxutils import quoteattr

import pytest

from rca.analysis.tally import OTHER
from rca.config import Config
from rca.workflow import Intake, take_in


def intake(tmp_path, *cases: tuple[str, str, str], config: Config | None = None) -> Intake:
    """Read a report of cases: name, type and message of the failure; no type and no message is a pass."""
    rows = []
    for name, kind, message in cases:
        body = f"<failure type={quoteattr(kind)} message={quoteattr(message)}/>" if kind or message else ""
        rows.append(f"<testcase classname='shop.Cart' name={quoteattr(name)} time='0.5'>{body}</testcase>")
    path = tmp_path / "report.xml"
    path.write_text(f"<testsuite name='shop'>{''.join(rows)}</testsuite>", encoding="utf-8")
    return take_in([str(path)], config or Config())


def test_equal_errors_are_one_cluster_the_largest_first(tmp_path):
    found = intake(
        tmp_path,
        ("a", "ValueError", "empty"),
        ("b", "TimeoutError", "no answer in 30 s"),
        ("c", "TimeoutError", "no answer in 45 s"),
        ("d", "", "TimeoutError: no answer in 60 s"),
        ("e", "", ""),
    )
    assert [(part.id, part.title, len(part.cases)) for part in found.clusters] == [
        ("c1", "TimeoutError: no answer in 30 s", 3),
        ("c2", "ValueError: empty", 1),
    ]
    assert (
        found.clusters[0].why_matched == "all 3 share the type TimeoutError and the message, apart from numbers, times, ids and paths in it"
    )
    assert found.clusters[1].why_matched == "the only case with this error"
    assert {case for part in found.clusters for case in part.cases} == {case.id for case in found.run.cases}


def test_different_errors_are_different_clusters(tmp_path):
    found = intake(tmp_path, ("a", "HTTPError", "status 502"), ("b", "HTTPError", "status 503"), ("c", "IOError", "status 502"))
    assert len(found.clusters) == 3


def test_cases_that_say_nothing_stay_apart(tmp_path):
    found = intake(tmp_path, ("a", "failure", "failed"), ("b", "failure", "failed"))
    assert [part.title for part in found.clusters] == ["failed", "failed"]
    assert len({part.fingerprint for part in found.clusters}) == 2


def test_cases_of_one_name_have_their_own_ids(tmp_path):
    found = intake(tmp_path, ("a", "E1Error", "x"), ("a", "E1Error", "x"), ("a", "", ""))
    assert [case.id for case in found.run.cases] == ["shop::shop.Cart::a", "shop::shop.Cart::a#2"]
    assert found.clusters[0].cases == ("shop::shop.Cart::a", "shop::shop.Cart::a#2")
    assert [note.code for note in found.run.notes] == ["repeated-names"]


def test_secrets_are_gone_before_anything_is_kept(tmp_path):
    secret = "ghp_" + "a1B2" * 9
    found = intake(tmp_path, ("a", "AuthError", f"refused {secret}"), ("b", "AuthError", f"refused {secret[:-1]}Z"))
    assert secret not in found.run.model_dump_json() + "".join(part.model_dump_json() for part in found.clusters)
    assert len(found.clusters) == 1


def test_configured_categories_take_their_cases(tmp_path):
    config = Config.model_validate({"categories": [{"name": "B", "match": {"name": ["b*"]}}, {"name": "Never", "match": "never"}]})
    found = intake(tmp_path, ("a", "", ""), ("b1", "XError", "x"), ("b2", "", ""), config=config)
    assert [(part.name, part.totals.total) for part in found.run.categories] == [("B", 2), (OTHER, 1)]
    assert found.clusters[0].categories == ("B",)


def test_a_run_is_known_by_its_inputs(tmp_path):
    one, other = intake(tmp_path, ("a", "", "")), intake(tmp_path, ("b", "", ""))
    assert one.run.id != other.run.id
    assert one.run.id == intake(tmp_path, ("a", "", "")).run.id


@pytest.mark.parametrize(
    ("kind", "message", "title"),
    [
        ("shop.errors.TillError", "jammed", "TillError: jammed"),
        ("Shop\\TillError", "jammed", "TillError: jammed"),
        ("shop::till_error", "jammed", "till_error: jammed"),
        ("", "x" * 300, "x" * 139 + "…"),
        ("TillError", "", "TillError: a gave no message"),
        ("TillError", "TillError happened", "TillError happened"),
    ],
)
def test_titles(tmp_path, kind, message, title):
    assert intake(tmp_path, ("a", kind, message)).clusters[0].title == title
