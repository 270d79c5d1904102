"""Cut what rca uses out of GitHub's OpenAPI description: tests/github/openapi.json, against which the fake's answers are checked.

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-*.tgz
    python scripts/github_openapi.py package/generated/api.github.com.json

The description is GitHub's, under the MIT licence. What only explains is left out, and `nullable` is written as JSON Schema does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "tests" / "github" / "openapi.json"
REPO = "/repos/{owner}/{repo}"
USED = {
    "/user": "get",
    "/rate_limit": "get",
    "/search/issues": "get",
    REPO: "get",
    f"{REPO}/issues": "get post",
    f"{REPO}/issues/{{issue_number}}": "get patch",
    f"{REPO}/issues/{{issue_number}}/comments": "get post",
    f"{REPO}/issues/comments/{{comment_id}}": "get patch delete",
    f"{REPO}/issues/{{issue_number}}/timeline": "get",
    f"{REPO}/milestones": "get",
    f"{REPO}/pulls": "get",
    f"{REPO}/pulls/{{pull_number}}": "get",
    f"{REPO}/pulls/{{pull_number}}/files": "get",
    f"{REPO}/commits": "get",
    f"{REPO}/compare/{{basehead}}": "get",
    f"{REPO}/commits/{{ref}}": "get",
    f"{REPO}/commits/{{commit_sha}}/pulls": "get",
    f"{REPO}/commits/{{ref}}/check-runs": "get",
    f"{REPO}/deployments": "get",
    f"{REPO}/deployments/{{deployment_id}}/statuses": "get",
    f"{REPO}/environments": "get",
    f"{REPO}/releases": "get",
    f"{REPO}/actions/runs": "get",
    f"{REPO}/actions/runs/{{run_id}}": "get",
    f"{REPO}/actions/runs/{{run_id}}/artifacts": "get",
    f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}": "get",
    f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}": "get",
    f"{REPO}/actions/workflows/{{workflow_id}}/runs": "get",
    f"{REPO}/check-runs": "post",
    f"{REPO}/check-runs/{{check_run_id}}": "get patch",
    f"{REPO}/check-runs/{{check_run_id}}/annotations": "get",
}
EXPLAINS = {"description", "summary", "example", "examples", "externalDocs", "tags", "x-github", "x-octokit"}


def main() -> None:
    """Write the slice."""
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    slice_ = {
        "source": f"GitHub's OpenAPI description {whole['info']['version']}, MIT, cut by scripts/github_openapi.py",
        "paths": {path: {verb: operation(whole["paths"][path][verb]) for verb in verbs.split()} for path, verbs in USED.items()},
        "components": {},
    }
    waiting, seen = list(references(slice_["paths"])), set()
    while waiting:
        reference = waiting.pop()
        if reference in seen:
            continue
        seen.add(reference)
        _, components, kind, name = reference.split("/")
        found = schema(whole[components][kind][name])
        slice_["components"].setdefault(kind, {})[name] = found
        waiting += references(found)
    slice_["components"] = {kind: dict(sorted(named.items())) for kind, named in sorted(slice_["components"].items())}
    TARGET.write_text(lines(slice_), encoding="utf-8")


def operation(whole: dict[str, Any]) -> dict[str, Any]:
    """What is sent and what comes back."""
    return {
        key: schema(value)
        for key, value in whole.items()
        if key in {"requestBody", "responses", "parameters"}
    }  # fmt: skip


def schema(value: Any, *, names: bool = False) -> Any:
    """A schema without what explains it; `names` when the keys are names of properties."""
    if isinstance(value, list):
        return [schema(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: schema(part, names=key in {"properties", "schemas"} and not names)
        for key, part in value.items()
        if names or key not in EXPLAINS
    }
    if names or not kept.pop("nullable", False):
        return kept
    if isinstance(kept.get("type"), str) and "enum" not in kept:
        return {**kept, "type": [kept["type"], "null"]}
    return {"anyOf": [kept, {"type": "null"}]}


def references(value: Any) -> Iterator[str]:
    """All that a part of the description points to."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "$ref" and isinstance(part, str):
                yield part
            else:
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def lines(document: dict[str, Any]) -> str:
    """JSON with one line for each path and each component, so that a newer description gives a readable difference."""

    def block(named: dict[str, Any], indent: str) -> str:
        return ",\n".join(f"{indent}{json.dumps(name)}: {json.dumps(part, sort_keys=True)}" for name, part in named.items())

    kinds = ",\n".join(f'  "{kind}": {{\n{block(named, "   ")}\n  }}' for kind, named in document["components"].items())
    head = f'{{\n "source": {json.dumps(document["source"])},\n "paths": {{\n{block(document["paths"], "  ")}\n }},\n'
    return f'{head} "components": {{\n{kinds}\n }}\n}}\n'


if __name__ == "__main__":
    main()
