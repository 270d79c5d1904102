"""Where a run ran, from the variables of the common CI systems and from what the user said.

    context = context_from(os.environ, commit="3f2a91c", environment="staging")

Nothing is read but the mapping that is passed in: no file, no git. docs/ci.md lists what each system tells.
Values come from outside, a branch is named by whoever opens a pull request: they are cleaned, shortened and redacted, a commit
must look like one, and an address must be http(s) and loses its credentials.

A pull request is often tested as a merge commit that exists nowhere else. Where a system names the head of the branch in a
variable, that is the commit. GitHub Actions names it in a file only: rca/sources/ci_event.py reads it, and gives it as `commit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from rca.model import Context
from rca.text.clean import one_line
from rca.text.redact import redact

NAME, ADDRESS, ATTEMPT = 300, 2_000, 9
_FIELDS = ("repo", "branch", "base", "commit", "environment", "job", "attempt", "url")
_HASH = re.compile(r"[0-9a-fA-F]{7,64}")
_REMOTE = re.compile(r"(?:[a-z+]{2,10}://|[\w.-]+@[\w.-]+:)", re.IGNORECASE)
_VARIABLE = re.compile(r"\{(\w+)(?:([?%#])([^}]*))?\}")


class System(NamedTuple):
    """A CI system: its name, the variable by which it is known (with its value, or any), and where its facts stand.

    Each fact has alternatives, the first that is complete counts. In them `{X}` is the value of X; `{X?}` nothing, but X must be
    set; `{X%:}` what stands before the first `:`; `{X#origin/}` the value without that beginning. `counts_from` is the number of
    a first attempt.
    """

    name: str
    known_by: tuple[str, str]
    repo: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    commit: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    job: tuple[str, ...] = ()
    attempt: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    counts_from: int = 1


SYSTEMS = (
    System(
        "GitHub Actions",
        ("GITHUB_ACTIONS", "true"),
        repo=("{GITHUB_REPOSITORY}",),
        branch=("{GITHUB_HEAD_REF}", "{GITHUB_REF_NAME}"),
        base=("{GITHUB_BASE_REF}",),
        commit=("{GITHUB_SHA}",),
        job=("{GITHUB_JOB}",),
        attempt=("{GITHUB_RUN_ATTEMPT}",),
        url=("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",),
    ),
    System(
        "GitLab CI",
        ("GITLAB_CI", ""),
        repo=("{CI_PROJECT_PATH}",),
        branch=("{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}", "{CI_COMMIT_REF_NAME}"),
        base=("{CI_MERGE_REQUEST_TARGET_BRANCH_NAME}",),
        commit=("{CI_MERGE_REQUEST_SOURCE_BRANCH_SHA}", "{CI_COMMIT_SHA}"),
        environment=("{CI_ENVIRONMENT_NAME}",),
        job=("{CI_JOB_NAME}",),
        url=("{CI_JOB_URL}", "{CI_PIPELINE_URL}"),
    ),
    System(
        "CircleCI",
        ("CIRCLECI", ""),
        repo=("{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}", "{CIRCLE_REPOSITORY_URL}"),
        branch=("{CIRCLE_BRANCH}", "{CIRCLE_TAG}"),
        commit=("{CIRCLE_SHA1}",),
        job=("{CIRCLE_JOB}",),
        url=("{CIRCLE_BUILD_URL}",),
    ),
    System(
        "Azure Pipelines",
        ("TF_BUILD", ""),
        repo=("{BUILD_REPOSITORY_NAME}",),
        branch=("{SYSTEM_PULLREQUEST_SOURCEBRANCH}", "{BUILD_SOURCEBRANCH}"),
        base=("{SYSTEM_PULLREQUEST_TARGETBRANCH}",),
        commit=("{SYSTEM_PULLREQUEST_SOURCECOMMITID}", "{BUILD_SOURCEVERSION}"),
        environment=("{ENVIRONMENT_NAME}",),
        job=("{SYSTEM_JOBDISPLAYNAME}", "{AGENT_JOBNAME}"),
        attempt=("{SYSTEM_JOBATTEMPT}",),
        url=("{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",),
    ),
    System(
        "Buildkite",
        ("BUILDKITE", ""),
        repo=("{BUILDKITE_REPO}",),
        branch=("{BUILDKITE_BRANCH}",),
        base=("{BUILDKITE_PULL_REQUEST_BASE_BRANCH}",),
        commit=("{BUILDKITE_COMMIT}",),
        job=("{BUILDKITE_LABEL}", "{BUILDKITE_STEP_KEY}"),
        attempt=("{BUILDKITE_RETRY_COUNT}",),
        url=("{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}", "{BUILDKITE_BUILD_URL}"),
        counts_from=0,
    ),
    System(
        "Travis CI",
        ("TRAVIS", ""),
        repo=("{TRAVIS_REPO_SLUG}",),
        branch=("{TRAVIS_PULL_REQUEST_BRANCH}", "{TRAVIS_BRANCH}"),
        base=("{TRAVIS_PULL_REQUEST_BRANCH?}{TRAVIS_BRANCH}",),
        commit=("{TRAVIS_PULL_REQUEST_SHA}", "{TRAVIS_COMMIT}"),
        job=("{TRAVIS_JOB_NAME}",),
        url=("{TRAVIS_JOB_WEB_URL}", "{TRAVIS_BUILD_WEB_URL}"),
    ),
    System(
        "Bitbucket Pipelines",
        ("BITBUCKET_BUILD_NUMBER", ""),
        repo=("{BITBUCKET_REPO_FULL_NAME}",),
        branch=("{BITBUCKET_BRANCH}", "{BITBUCKET_TAG}"),
        base=("{BITBUCKET_PR_DESTINATION_BRANCH}",),
        commit=("{BITBUCKET_COMMIT}",),
        environment=("{BITBUCKET_DEPLOYMENT_ENVIRONMENT}",),
        attempt=("{BITBUCKET_STEP_RUN_NUMBER}",),
        url=("https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",),
    ),
    System(
        "TeamCity",
        ("TEAMCITY_VERSION", ""),
        commit=("{BUILD_VCS_NUMBER}",),
        job=("{TEAMCITY_BUILDCONF_NAME}",),
        url=("{BUILD_URL}",),
    ),
    System(
        "Woodpecker",
        ("CI", "woodpecker"),
        repo=("{CI_REPO}",),
        branch=("{CI_COMMIT_SOURCE_BRANCH}", "{CI_COMMIT_BRANCH}", "{CI_COMMIT_TAG}"),
        base=("{CI_COMMIT_TARGET_BRANCH}",),
        commit=("{CI_COMMIT_SHA}",),
        environment=("{CI_PIPELINE_DEPLOY_TARGET}",),
        job=("{CI_WORKFLOW_NAME}",),
        url=("{CI_PIPELINE_URL}",),
    ),
    System(
        "Drone",
        ("DRONE", ""),
        repo=("{DRONE_REPO}",),
        branch=("{DRONE_PULL_REQUEST?}{DRONE_SOURCE_BRANCH}", "{DRONE_BRANCH}"),
        base=("{DRONE_PULL_REQUEST?}{DRONE_TARGET_BRANCH}",),
        commit=("{DRONE_COMMIT_SHA}", "{DRONE_COMMIT}"),
        environment=("{DRONE_DEPLOY_TO}",),
        job=("{DRONE_STAGE_NAME}", "{DRONE_STEP_NAME}"),
        url=("{DRONE_BUILD_LINK}",),
    ),
    System(
        "AppVeyor",
        ("APPVEYOR", ""),
        repo=("{APPVEYOR_REPO_NAME}",),
        branch=("{APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH}", "{APPVEYOR_REPO_BRANCH}"),
        base=("{APPVEYOR_PULL_REQUEST_NUMBER?}{APPVEYOR_REPO_BRANCH}",),
        commit=("{APPVEYOR_PULL_REQUEST_HEAD_COMMIT}", "{APPVEYOR_REPO_COMMIT}"),
        job=("{APPVEYOR_JOB_NAME}",),
        url=("{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}/builds/{APPVEYOR_BUILD_ID}",),
    ),
    System(
        "AWS CodeBuild",
        ("CODEBUILD_BUILD_ID", ""),
        repo=("{CODEBUILD_SOURCE_REPO_URL}",),
        branch=("{CODEBUILD_WEBHOOK_HEAD_REF}",),
        base=("{CODEBUILD_WEBHOOK_BASE_REF}",),
        commit=("{CODEBUILD_RESOLVED_SOURCE_VERSION}",),
        job=("{CODEBUILD_BATCH_BUILD_IDENTIFIER}", "{CODEBUILD_BUILD_ID%:}"),
        url=("{CODEBUILD_PUBLIC_BUILD_URL}", "{CODEBUILD_BUILD_URL}"),
    ),
    System(
        "Semaphore",
        ("SEMAPHORE", ""),
        repo=("{SEMAPHORE_GIT_REPO_SLUG}", "{SEMAPHORE_GIT_URL}"),
        branch=("{SEMAPHORE_GIT_PR_BRANCH}", "{SEMAPHORE_GIT_WORKING_BRANCH}", "{SEMAPHORE_GIT_BRANCH}"),
        base=("{SEMAPHORE_GIT_PR_NUMBER?}{SEMAPHORE_GIT_BRANCH}",),
        commit=("{SEMAPHORE_GIT_PR_SHA}", "{SEMAPHORE_GIT_SHA}"),
        job=("{SEMAPHORE_JOB_NAME}",),
        url=("{SEMAPHORE_ORGANIZATION_URL}/jobs/{SEMAPHORE_JOB_ID}",),
    ),
    System(
        "Cirrus CI",
        ("CIRRUS_CI", ""),
        repo=("{CIRRUS_REPO_FULL_NAME}",),
        branch=("{CIRRUS_BRANCH}", "{CIRRUS_TAG}"),
        base=("{CIRRUS_BASE_BRANCH}",),
        commit=("{CIRRUS_CHANGE_IN_REPO}",),
        job=("{CIRRUS_TASK_NAME}",),
        url=("https://cirrus-ci.com/task/{CIRRUS_TASK_ID}",),
    ),
    # The last: a Jenkins agent may run the agent of another system.
    System(
        "Jenkins",
        ("JENKINS_URL", ""),
        repo=("{GIT_URL}", "{GIT_URL_1}"),
        branch=("{CHANGE_BRANCH}", "{BRANCH_NAME}", "{GIT_LOCAL_BRANCH}", "{GIT_BRANCH#origin/}"),
        base=("{CHANGE_TARGET}",),
        commit=("{GIT_COMMIT}",),
        job=("{JOB_NAME}",),
        url=("{BUILD_URL}",),
    ),
)


def context_from(environment: Mapping[str, str], /, **given: str | int | None) -> Context:
    """Where a run ran. What is `given` (fields of Context) comes before what the CI system says; empty values count as unsaid."""
    known: dict[str, str | int | None] = {}
    if system := system_of(environment):
        known = {"ci": system.name, **{name: _fact(system, name, environment) for name in _FIELDS}}
    for name, value in given.items():
        if value not in {"", None}:
            known[name] = value if isinstance(value, int) else cleaned(name, value, said=True)
    return Context.model_validate({name: value for name, value in known.items() if value not in {"", None}})


def system_of(environment: Mapping[str, str]) -> System | None:
    """The CI system whose variables are there."""
    for system in SYSTEMS:
        variable, wanted = system.known_by
        value = environment.get(variable, "").strip().lower()
        if value == wanted if wanted else value not in {"", "false", "0"}:
            return system
    return None


def _fact(system: System, name: str, environment: Mapping[str, str]) -> str | int | None:
    for template in getattr(system, name):
        text = _filled(template, environment, quoted=name == "url")
        if name == "attempt":
            if text.isascii() and text.isdecimal() and len(text) <= ATTEMPT:
                return int(text) + 1 - system.counts_from
        elif text and (value := cleaned(name, text)):
            return value
    return None


def _filled(template: str, environment: Mapping[str, str], *, quoted: bool) -> str:
    """The template with the values in it; empty when one is missing."""
    values = []
    for match in _VARIABLE.finditer(template):
        value = environment.get(match[1], "")[: ADDRESS + 1].strip()
        if not value or value == "false":
            return ""
        values.append((match.span(), _part(value, match[2], match[3])))
    whole = len(values) == 1 and values[0][0] == (0, len(template))
    return "".join(_between(template, values, quoted=quoted and not whole))


def _part(value: str, way: str | None, text: str | None) -> str:
    if way == "?":
        return ""
    if way == "%":
        return value.partition(text or "")[0]
    return value.removeprefix(text or "") if way == "#" else value


def _between(template: str, values: list[tuple[tuple[int, int], str]], *, quoted: bool) -> Iterator[str]:
    position = 0
    for (start, end), value in values:
        yield template[position:start]
        # What stands at the beginning of an address is an address itself; elsewhere it is one part of a path.
        yield quote(value, safe="/:-._~") if quoted and start else value
        position = end
    yield template[position:]


def cleaned(name: str, value: str, *, said: bool = False) -> str:
    """A value as it may be stored; empty when it cannot be what it should be. `said`: by the user, whose commit is taken as it is."""
    if name == "url":
        return _address(value)
    if name == "repo":
        value = _repository(value)
    text = redact(one_line(value, NAME))
    if name == "commit" and not said:
        return text if _HASH.fullmatch(text) else ""
    return text.removeprefix("refs/heads/") if name in {"branch", "base"} else text


def _repository(value: str) -> str:
    """`owner/name` out of the address of a remote; other names stay as they are."""
    match = _REMOTE.match(value)
    if not match:
        return value
    rest = value[match.end() :]
    path = rest.partition("/")[2] if "://" in match[0] else rest
    return path.split("?", 1)[0].strip("/").removesuffix(".git")


def _address(value: str) -> str:
    """An http(s) address without user and password; nothing when it is another one, or too long to be one."""
    text = one_line(value, ADDRESS + 1)
    if len(text) > ADDRESS or " " in text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return redact(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
