"""The context of a run from the variables of CI systems, and from what was said."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.model import Context
from rca.sources.ci import ADDRESS, NAME, SYSTEMS, context_from, system_of

CASES = (Path(__file__).parent / "ci.txt").read_text(encoding="utf-8").split("\n\n")[1:]


def parse(block):
    name, *lines = block.strip().split("\n")
    environment = dict(line.split("=", 1) for line in lines if not line.startswith("=> "))
    wanted = dict(line.removeprefix("=> ").split("=", 1) for line in lines if line.startswith("=> "))
    return name, environment, wanted


@pytest.mark.parametrize("block", CASES, ids=lambda block: block.strip().split("\n")[0])
def test_the_variables_of_a_system(block):
    _, environment, wanted = parse(block)
    context = context_from(environment).model_dump(exclude_none=True)
    assert {name: str(value) for name, value in context.items()} == wanted


def test_every_system_has_a_case():
    told = {wanted.get("ci") for _, _, wanted in map(parse, CASES)}
    assert {system.name for system in SYSTEMS} <= told


def test_every_variable_of_the_table_is_in_a_case():
    known = {name for _, environment, _ in map(parse, CASES) for name in environment}
    rare = {"AGENT_JOBNAME", "BUILDKITE_STEP_KEY", "TRAVIS_BUILD_WEB_URL", "BITBUCKET_TAG", "CIRCLE_TAG", "CI_COMMIT_TAG", "DRONE_COMMIT",
            "DRONE_STEP_NAME", "APPVEYOR_JOB_NAME", "CODEBUILD_BATCH_BUILD_IDENTIFIER", "CODEBUILD_PUBLIC_BUILD_URL", "SEMAPHORE_GIT_URL",
            "SEMAPHORE_GIT_WORKING_BRANCH", "CIRRUS_TAG", "GIT_URL_1", "GIT_LOCAL_BRANCH", "CI_PIPELINE_URL"}  # fmt: skip
    named = {
        name
        for system in SYSTEMS
        for field in system
        if isinstance(field, tuple)
        for text in field
        for name in re.findall(r"\{(\w+)", text)
    }
    assert named - known <= rare


def test_what_was_said_comes_first():
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": "a" * 40, "GITHUB_REF_NAME": "main", "GITHUB_RUN_ATTEMPT": "2"}
    context = context_from(environment, commit="v1.2", branch="", repo=None, environment="staging", attempt=5)
    assert context == Context(ci="GitHub Actions", commit="v1.2", branch="main", environment="staging", attempt=5)


def test_what_was_said_is_cleaned():
    token = "ghp_0123456789abcdefghij0123456789abcdef"
    said = context_from(
        {}, repo="https://me:geheim@example.org/acme/shop.git", branch="refs/heads/a\nb\x1b[31m", job=token, url="file:///etc/passwd"
    )
    assert said == Context(repo="acme/shop", branch="a b", job="[redacted]")


def test_without_anything():
    assert context_from({}) == Context()


def test_the_same_branch_and_the_table_of_the_documentation():
    text = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
    rows = {match[1]: match[2] for match in re.finditer(r"(?m)^\| ([A-Z][^|]+?) \| ((?:(?:yes|–)[^|]*\| ?){8})$", text)}
    fields = ("repo", "branch", "base", "commit", "environment", "job", "attempt", "url")
    told = {
        name: {field for field, cell in zip(fields, row.split("|"), strict=False) if cell.strip().startswith("yes")}
        for name, row in rows.items()
    }
    assert told == {system.name: {field for field in fields if getattr(system, field)} for system in SYSTEMS}


VARIABLES = sorted(
    {name for system in SYSTEMS for field in system if isinstance(field, tuple) for text in field for name in re.findall(r"[A-Z]\w+", text)}
)


@given(
    st.dictionaries(st.sampled_from(VARIABLES), st.text(max_size=80) | st.sampled_from(["true", "woodpecker", "https://[x", "a" * 9_000]))
)
def test_any_values_give_a_context(environment):
    context = context_from(environment)
    for name, value in context.model_dump(exclude_none=True).items():
        text = str(value)
        assert text.strip()
        assert len(text) <= (ADDRESS if name == "url" else NAME)
        assert "\n" not in text
        assert "\x1b" not in text
    assert context.url is None or context.url.startswith(("http://", "https://"))
    assert (context.ci is None) == (system_of(environment) is None)
