"""What paths say by their names."""

import pytest

from rca.causes.paths import kind_of, parts_of, same_file, under_test, words_of
from tests.timing import assert_linear

KINDS = {
    "code": ["shop/cart.py", "src/index.js", "internal/cart/cart.go", "docs/conf.py", "src/latest.rs", "lib/contest.rb", "Sources/Cart.swift"],
    "test": ["tests/test_cart.py", "src/cart.test.ts", "spec/cart_spec.rb", "src/test/java/a/CartTest.java", "cart_test.go", "tests/data/a.json"],
    "dependency": [
        "requirements.txt", "requirements/dev.txt", "pyproject.toml", "package.json", "web/package-lock.json", "pom.xml", "build.gradle.kts",
        "go.mod", "Cargo.lock", "Gemfile", "poetry.lock", "yarn.lock", "app/App.csproj", ".nvmrc", ".python-version", ".gitmodules", "pnpm-lock.yaml",
    ],
    "pipeline": [
        ".github/workflows/ci.yml", ".gitlab-ci.yml", "Jenkinsfile", "ci/run.sh", "Dockerfile", "docker-compose.yml", "Makefile", "tox.ini",
        "azure-pipelines.yml",
    ],
    "migration": ["db/migrate/1_a.rb", "shop/migrations/0002_a.py", "alembic/versions/x.py", "db/seeds/products.sql"],
    "config": ["config/settings.yaml", "shop/settings.py", ".env", "application.properties", "tests/conftest.py", "jest.config.js", "main.tf"],
    "data": ["shop/prices.csv", "templates/cart.html"],
    "docs": ["README.md", "docs/guide.rst", "LICENSE", "CHANGELOG", "docs/logo.svg", ".gitignore"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in KINDS.items() for path in paths])
def test_kinds_of_files(kind, path):
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    ("frame", "file", "sure"),
    [
        ("shop/cart.py", "services/web/shop/cart.py", 1.0),
        ("cart.py", "shop/cart.py", 0.8),
        ("utils.py", "shop/utils.py", 0.35),
        ("shop/cart.py", "cart.py", 0.8),
        ("other/cart.py", "shop/cart.py", 0.0),
        ("shop/cart.py", "shop/card.py", 0.0),
        ("..\\shop\\cart.py", "shop/cart.py", 1.0),
        ("C:\\work\\shop\\cart.py", "shop/cart.py", 1.0),
        ("", "shop/cart.py", 0.0),
        ("cart/CartService.java", "src/main/java/com/acme/cart/CartService.java", 1.0),
    ],
)
def test_a_frame_names_a_file(frame, file, sure):
    assert same_file(parts_of(frame), parts_of(file)) == sure


@pytest.mark.parametrize(
    ("name", "words"),
    [("applyVat_rate", ("apply", "vat", "rate")), ("HTTPServer2x", ("http", "server")), ("a.b", ()), ("ON_HOLD", ("on", "hold")), ("", ())],
)
def test_words_of_identifiers(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("test", "subject"),
    [
        ("test_cart.py", "cart"),
        ("CartTest.java", "cart"),
        ("cart.test.js", ""),
        ("cart_spec.rb", "cart"),
        ("TestCart", "cart"),
        ("cart.py", ""),
    ],
)
def test_what_a_test_is_named_after(test, subject):
    assert under_test(test) == subject


@pytest.mark.parametrize("unit", ["a/", "A", "_", ".test", "docs/", "a.lock/", "config_"])
def test_no_path_hangs(unit):
    assert_linear(lambda size: [f(unit * (size // len(unit))) for f in (kind_of, parts_of, words_of, under_test)])
