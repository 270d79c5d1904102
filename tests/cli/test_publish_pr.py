"""`rca publish pr` as it is used: the one comment on a pull request, whatever was there before."""

from __future__ import annotations

import pytest

from tests.cli.publishing import GREEN, HEAD
from tests.github.fake import Token


def test_a_comment_is_made_kept_and_brought_up_to_date(publisher, fake_github):
    made = publisher.publish("pr", "--pr", "1")
    assert made.out.strip() == fake_github.repo().comments_on(1)[0]["html_url"]
    assert "wrote the comment on acme/shop#1" in made.err
    assert "no route to bank" in publisher.bodies()[0]

    before = len(fake_github.writes())
    assert "says all this already" in publisher.publish("pr", "--pr", "1").err
    assert fake_github.writes()[before:] == []

    publisher.ingest(*GREEN)
    assert publisher.told("pr", "--pr", "1")["done"] == "updated"
    (body,) = publisher.bodies()
    assert "no route to bank" not in body


def test_the_event_says_which_pull_request_and_which_commit(publisher, fake_github):
    pull = fake_github.repo().pull("Event", head="ab" * 20, base="release")
    env = publisher.event("pull_request", {"number": pull["number"], "pull_request": pull, "repository": {"full_name": "acme/shop"}})
    assert publisher.told("pr", **env)["pull_request"] == pull["number"]
    assert f"head={'ab' * 20}" in publisher.bodies(pull["number"])[0]


def test_without_a_pull_request_nothing_is_written(publisher, fake_github):
    fake_github.repo().pulls[1]["head"]["sha"] = "cd" * 20
    none = publisher.publish("pr")
    assert none.out == ""
    assert "no open pull request of acme/shop" in none.err
    assert not fake_github.writes()


def test_a_dry_run_prints_what_would_be_sent_and_sends_nothing(publisher, fake_github):
    document = publisher.told("pr", "--pr", "1", "--dry-run")
    (post,) = [request for request in document["requests"] if request["writes"]]
    assert not fake_github.writes()
    publisher.publish("pr", "--pr", "1")
    (sent,) = fake_github.sent("POST", "/comments$")
    assert (post["method"], post["path"], post["body"]) == ("POST", sent.path, sent.body)


def test_a_dry_run_needs_neither_token_nor_network(publisher, fake_github):
    offline = publisher.publish("pr", "--pr", "1", "--dry-run", GITHUB_TOKEN="", PATH="/nowhere")
    assert "POST /repos/acme/shop/issues/1/comments\n  body: |2\n" in offline.out
    assert "no token" in offline.err
    gone = publisher.publish("pr", "--pr", "1", "--dry-run", GITHUB_API_URL="http://127.0.0.1:1")
    assert gone.out == offline.out
    assert not fake_github.seen


def test_a_comment_of_a_stranger_is_never_touched(publisher, fake_github):
    publisher.publish("pr", "--pr", "1")
    (body,) = publisher.bodies()
    fake_github.repo().comments.clear()
    fake_github.repo().comment(1, body, by="mallory")
    publisher.publish("pr", "--pr", "1")
    assert [comment["user"]["login"] for comment in fake_github.repo().comments_on(1)] == ["mallory", "rca-bot"]
    publisher.ingest(*GREEN)
    publisher.publish("pr", "--pr", "1")
    first, second = publisher.bodies()
    assert first == body
    assert second != body


def test_the_token_of_a_workflow_knows_its_own_comments(publisher, fake_github):
    fake_github.tokens["ghs_app"] = Token("github-actions[bot]", app="github-actions")
    fake_github.repo().comment(1, "<!-- rca:default kind=comment -->", by="github-actions")
    for done in ("created", "unchanged"):
        assert publisher.told("pr", "--pr", "1", GITHUB_TOKEN="ghs_app")["done"] == done


def test_it_is_found_behind_many_others_and_made_again_when_it_is_gone(publisher, fake_github):
    comments = fake_github.repo().comments
    for number in range(130):
        fake_github.repo().comment(1, f"comment {number}")
    assert publisher.told("pr", "--pr", "1")["done"] == "created"
    for number in range(130):
        fake_github.repo().comment(1, f"more {number}")
    assert publisher.told("pr", "--pr", "1")["done"] == "unchanged"
    (ours,) = [ident for ident, comment in comments.items() if comment["user"]["login"] == "rca-bot"]
    del comments[ours]
    assert publisher.told("pr", "--pr", "1")["done"] == "created"
    assert len(comments) == 261


def test_suites_with_keys_of_their_own_have_comments_of_their_own(publisher):
    publisher.publish("pr", "--pr", "1", "--key", "unit")
    publisher.publish("pr", "--pr", "1", "--key", "unit-e2e")
    assert publisher.told("pr", "--pr", "1", "--key", "unit")["done"] == "unchanged"
    assert len(publisher.bodies()) == 2


def test_an_older_run_does_not_replace_what_a_later_one_said(publisher):
    publisher.ingest(*GREEN)
    publisher.publish("pr", "--pr", "1")
    new = publisher.bodies()
    publisher("new", "The older one alone")
    publisher("ingest", "a.xml", "--commit", HEAD)
    assert "speaks of a later run" in publisher.publish("pr", "--pr", "1").err
    assert publisher.bodies() == new
    assert publisher.told("pr", "--pr", "1", "--force")["done"] == "updated"
    assert len(publisher.bodies()) == 1
    assert publisher.bodies() != new


@pytest.mark.parametrize("configured", [False, True])
def test_each_run_has_a_comment_of_its_own_and_the_older_ones_are_folded_away(publisher, fake_github, configured):
    args = ("pr", "--pr", "1") if configured else ("pr", "--pr", "1", "--mode", "new")
    if configured:
        (publisher.folder / "rca.toml").write_text('[github.comment]\nmode = "new"\n', encoding="utf-8")
    publisher.publish(*args)
    publisher.ingest(*GREEN)
    publisher.publish(*args)
    assert publisher.told(*args)["done"] == "unchanged"
    first, second = fake_github.repo().comments_on(1)
    assert fake_github.repo().minimised == {first["node_id"]: "OUTDATED"}
    assert "no route" not in second["body"]


def test_a_comment_is_folded_away_when_all_is_well_and_shown_again_when_it_is_not(publisher, fake_github):
    repo = fake_github.repo()
    args = ("pr", "--pr", "1", "--when", "failures")
    publisher.publish(*args)
    assert not repo.minimised
    publisher.ingest(*GREEN)
    publisher.publish(*args)
    (comment,) = repo.comments_on(1)
    assert repo.minimised == {comment["node_id"]: "RESOLVED"}
    assert "no route" not in comment["body"]
    publisher.ingest("shop.Cart adds", "shop.Cart pays!no way", at="2026-01-04T03:04:05Z")
    publisher.publish(*args)
    assert not repo.minimised
    assert "no way" in publisher.bodies()[0]


def test_no_comment_is_made_where_nothing_is_worth_one(publisher, fake_github):
    publisher.ingest(*GREEN)
    none = publisher.publish("pr", "--pr", "1", "--when", "failures")
    assert none.out == ""
    assert "nothing that --when asks for" in none.err
    assert not fake_github.writes()


@pytest.mark.parametrize(("args", "code"), [((), 0), (("--fail-on-criteria",), 1)])
def test_publishing_is_done_however_red_the_tests_are(publisher, args, code):
    assert publisher("publish", "pr", "--pr", "1", *args).code == code
    publisher.ingest(*GREEN)
    assert publisher("publish", "pr", "--pr", "1", *args).code == 0


def test_thousands_of_failures_have_a_comment_that_can_be_read(publisher):
    kinds = ("refused by the bank", "no total", "the cart is empty", "the price is wrong")
    cases = [f"shop.Cart{n % 40} test{n}!{kinds[n % 4]} in {'abcdefgh'[n % 8] * 9}{'xyz'[n % 3] * 7} of the shop" for n in range(3_000)]
    publisher.ingest("shop.Cart adds", *cases)
    document = publisher.told("pr", "--pr", "1")
    (body,) = publisher.bodies()
    assert len(body) < 65_536
    assert "3,000 tests" in body.splitlines()[0]
    assert "failing tests" in next(line for line in body.splitlines() if line.startswith("Left out here"))
    assert document["left_out"]
    assert body.count("```") % 2 == 0
    assert body.count("<details>") == body.count("</details>")


def test_a_comment_only_when_something_changed(publisher):
    def publish(*cases: str, day: int) -> str:
        publisher.ingest(*cases, at=f"2026-01-{day:02}T03:04:05Z", commit=f"{day:040x}")
        return publisher.told("pr", "--pr", "1", "--when", "changes")["done"]

    assert publish(*GREEN, day=3) == "created"  # a test passes again
    assert publish(*GREEN, day=4) == "updated"
    (comment,) = publisher.fake.repo().comments_on(1)
    assert publisher.fake.repo().minimised == {comment["node_id"]: "RESOLVED"}
    assert publish("shop.Cart adds!wrong total", "shop.Cart pays", day=5) == "updated"
    assert not publisher.fake.repo().minimised
    publisher("new", "Nothing ran")
    assert publisher.told("pr", "--pr", "1", "--when", "changes", "--key", "other")["done"] == "created"


def test_a_template_of_ones_own(publisher):
    template = publisher.folder / "own.md.j2"
    template.write_text("Ours: {{ p.verdict }}\n", encoding="utf-8")
    publisher.publish("pr", "--pr", "1", "--template", str(template))
    (body,) = publisher.bodies()
    assert body.startswith("Ours: **")
    assert publisher.told("pr", "--pr", "1", "--template", str(template))["done"] == "unchanged"


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((), "missing command"),
        (("pr", "--template", "none.j2"), "none.j2"),
        (("pr", "--pr", "1", "--key", "two words"), "'two words'"),
        (("pr", "--pr", "0"), "--pr"),
        (("pr", "--link", "javascript:alert(1)"), "--link"),
        (("pr", "--mode", "both"), "'update', 'new'"),
        (("issues", "c99"), "c99"),
    ],
)
def test_what_is_typed_wrong_is_named_and_nothing_is_asked(publisher, fake_github, args, named):
    refused = publisher("publish", *args)
    assert refused.code == 2
    error, step = refused.err.splitlines()[-2:]
    assert named in error
    assert step.startswith("rca: next: ")
    assert not fake_github.writes()
