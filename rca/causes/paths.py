"""What a path says by its name: what sort of file it is, and whether two paths mean the same file."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from rca.text.frames import is_test

Kind = Literal["code", "test", "dependency", "pipeline", "migration", "config", "data", "docs"]

_DOCS = re.compile(
    r"(?:^|/)(?:docs?|documentation|man)/(?!.*\.(?:py|js|ts|java|go|rs|rb|php|cs)$)"
    r"|(?:^|/)(?:license|licence|copying|authors|contributors|changelog|changes|history|news|notice|codeowners|readme|contributing|security)"
    r"(?:\.\w+)?$|\.(?:md|rst|adoc|markdown|png|jpe?g|gif|svg|ico|webp|pdf)$|(?:^|/)\.(?:gitignore|editorconfig|mailmap)$"
)
_DEPENDENCY = re.compile(
    r"(?:^|/)(?:requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt|setup\.(?:py|cfg)|pyproject\.toml|pipfile|environment\.ya?ml"
    r"|package\.json|npm-shrinkwrap\.json|bun\.lockb?|pnpm-workspace\.yaml|\.npmrc|pom\.xml|build\.gradle(?:\.kts)?|gradle\.properties"
    r"|gradle-wrapper\.properties|libs\.versions\.toml|build\.sbt|ivy\.xml|go\.(?:mod|sum|work)|cargo\.toml|gemfile|composer\.json|mix\.exs"
    r"|packages\.config|directory\.(?:packages|build)\.props|global\.json|conanfile\.(?:txt|py)|vcpkg\.json|package\.swift|pubspec\.yaml"
    r"|\.?(?:python|node|ruby|java)-version|\.nvmrc|\.tool-versions|rust-toolchain(?:\.toml)?|[^/]*\.(?:gemspec|[cfv]b?sproj|lock|lockfile)"
    r"|[^/]*[-.]lock\.(?:json|ya?ml)|packages\.lock\.json)$|(?:^|/)requirements/[^/]+\.(?:txt|in)$|^\.gitmodules$"
)
_PIPELINE = re.compile(
    r"(?:^|/)\.(?:github/(?:workflows|actions)|circleci|buildkite|semaphore|woodpecker|teamcity|gitlab)/|(?:^|/)\.(?:gitlab-ci|travis|drone"
    r"|cirrus|woodpecker|appveyor)\.ya?ml$|(?:^|/)(?:jenkinsfile[^/]*|azure-pipelines[^/]*\.ya?ml|bitbucket-pipelines\.ya?ml|appveyor\.ya?ml"
    r"|buildspec[^/]*\.ya?ml|tox\.ini|noxfile\.py|makefile|justfile|rakefile|taskfile\.ya?ml|(?:docker|container)file[^/]*|[^/]*\.dockerfile"
    r"|(?:docker-)?compose[^/]*\.ya?ml|\.dockerignore|vagrantfile|procfile|cmakelists\.txt|meson\.build)$|(?:^|/)(?:ci|\.ci)/"
)
_MIGRATION = re.compile(r"(?:^|/)(?:migrations?|db/migrate|alembic|flyway|liquibase|changesets?|schema)/|(?:^|/)schema\.\w+$|\.sql$")
_SET_UP = re.compile(
    r"(?:^|/)(?:conftest\.py|pytest\.ini|(?:jest|vitest|playwright|cypress|karma|babel|vite|webpack|rollup|eslint|tsconfig|phpunit|karma)"
    r"[^/]*\.(?:js|ts|mjs|cjs|json|xml)|test_?helpers?\.\w+|spec_helper\.rb|setup[-_]?tests?\.\w+)$"
)
_CONFIG = re.compile(
    r"\.(?:ya?ml|toml|ini|cfg|conf|config|properties|env|tf|tfvars|hcl|json5?|xml|plist|service|j2|tpl)$|(?:^|/)\.[^/]+$"
    r"|(?:^|/)(?:settings|config|configuration|constants|env)(?:[/_.-][^/]*)?\.(?:py|rb|js|ts|php)$|(?:^|/)(?:config|conf|settings|etc|helm|k8s"
    r"|kubernetes|deploy|terraform|ansible)/"
)
_DATA = re.compile(
    r"\.(?:csv|tsv|parquet|jsonl|ndjson|txt|html?|po|mo|avro|bin|dat|db|sqlite)$|(?:^|/)(?:fixtures?|testdata|snapshots?|__snapshots__)/"
)
# In this order; in between it is asked whether the file is a test's.
_FIRST: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("dependency", _DEPENDENCY),
    ("pipeline", _PIPELINE),
    ("docs", _DOCS),
    ("migration", _MIGRATION),
    ("config", _SET_UP),
)
_THEN: tuple[tuple[Kind, re.Pattern[str]], ...] = (("data", _DATA), ("config", _CONFIG))
# Names that say nothing without their folder.
COMMON = frozenset({
    "__init__", "index", "main", "mod", "lib", "utils", "util", "helpers", "helper", "base", "common", "types", "models", "views", "app",
    "constants", "config", "settings", "errors", "exceptions", "conftest", "setup", "core", "api", "client", "test", "tests",
})  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@lru_cache(maxsize=100_000)
def kind_of(path: str) -> Kind:
    """What sort of file lies at a path, judged by its name."""
    path = path[-300:]
    lower = path.lower()
    for kind, pattern in _FIRST:
        if pattern.search(lower):
            return kind
    if is_test(path, ""):
        return "test"
    return next((kind for kind, pattern in _THEN if pattern.search(lower)), "code")


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a path, from the file up, without `.` and `..`, drive letters and empty parts."""
    found = [part for part in path[-1_000:].replace("\\", "/").split("/") if part not in {"", ".", ".."} and not part.endswith(":")]
    return tuple(reversed(found))


def same_file(frame: tuple[str, ...], file: tuple[str, ...]) -> float:
    """How sure it is that the parts of a frame's path, which may lack the first ones, name that file: 0 to 1.

    Frames keep the last two parts of a path, so two parts that agree are as good as it gets.
    """
    if not frame or not file or frame[0] != file[0]:
        return 0.0
    if len(frame) == 1 or len(file) == 1:
        return 0.35 if stem(frame[0]).lower() in COMMON else 0.8
    return 1.0 if frame[1] == file[1] else 0.0


def stem(name: str) -> str:
    """The name of a file without what stands behind its first point."""
    return name.lstrip(".").split(".", 1)[0]


def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier, in lower case: `applyVat_rate` is `apply`, `vat`, `rate`."""
    return tuple(word.lower() for word in _WORDS.findall(name[:200]) if len(word) > 1)


def under_test(name: str) -> str:
    """The name that a test's file or class is named after: `cart` for `test_cart`, `CartTest`, `cart.spec`; empty for others."""
    words = list(words_of(stem(name) if "." in name else name))
    kept = [word for word in words if word not in {"test", "tests", "spec", "specs", "it", "e2e", "unit", "integration", "should", "case"}]
    return "".join(kept) if len(kept) < len(words) else ""
