"""`rca init` in repositories as they are: the configuration is valid, names what is there, and fits the reports."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rca.config import Config, load_config
from rca.guess import configuration_text, find_groups


def plant(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def suite(name, *cases, **attributes):
    extra = "".join(f' {key}="{value}"' for key, value in attributes.items())
    body = "".join(f'<testcase classname="{classname}" name="{case}"><failure message="boom"/></testcase>' for classname, case in cases)
    return f'<testsuite name="{name}" timestamp="2026-01-02T03:04:05Z"{extra}>{body}</testsuite>'


# For each layout: its files, a report as its runner writes it, and the categories with the cases that belong there.
LAYOUTS = {
    "python": (
        {
            "pyproject.toml": "[project]\nname = 'shop'\n",
            "src/shop/cart.py": "",
            "tests/conftest.py": "",
            "tests/unit/test_cart.py": "",
            "tests/unit/deep/test_price.py": "",
            "tests/integration/test_db.py": "",
            "tests/e2e/test_checkout.py": "",
            "tests/test_readme.py": "",
            "node_modules/x/test_no.py": "",
        },
        suite(
            "pytest",
            ("tests.unit.test_cart", "test_a"),
            ("tests.unit.deep.test_price.Price", "test_b"),
            ("tests.integration.test_db", "test_c"),
            ("tests.e2e.test_checkout", "test_d"),
            ("tests.test_readme", "test_e"),
        ),
        {"Unit": 2, "Integration": 1, "End-to-end": 1, "Tests": 1},
    ),
    "python-flat": (
        {"setup.py": "", "test_cart.py": "", "cart.py": ""},
        suite("pytest", ("test_cart", "test_a")),
        {"Tests": 1},
    ),
    "jest": (
        {
            "package.json": '{"devDependencies": {"jest": "30"}}',
            "src/cart/__tests__/cart.test.ts": "describe('cart', () => {})",
            "src/cart/total.test.ts": 'describe("total", () => {})',
            "src/app/[slug]/page.test.tsx": "describe(`page`, () => {})",
        },
        suite("cart", ("cart adds up", "cart adds up")) + suite("total", ("total is right", "x")) + suite("page", ("page shows", "y")),
        {"Cart": 2, "App": 1},
    ),
    "vitest": (
        {
            "package.json": '{"devDependencies": {"vitest": "3"}}',
            "tests/unit/cart.test.js": "",
            "tests/api/orders.test.js": "",
        },
        suite("tests/unit/cart.test.js", ("tests/unit/cart.test.js", "a"))
        + suite("tests/api/orders.test.js", ("tests/api/orders.test.js", "b")),
        {"Unit": 1, "API": 1},
    ),
    "playwright": (
        {"package.json": '{"devDependencies": {"@playwright/test": "1"}}', "e2e/login.spec.ts": "", "e2e/checkout/pay.spec.ts": ""},
        suite("login.spec.ts", ("login.spec.ts", "a")) + suite("checkout/pay.spec.ts", ("checkout/pay.spec.ts", "b")),
        {"End-to-end": 1, "End-to-end checkout": 1},
    ),
    "cypress": (
        {"package.json": '{"devDependencies": {"cypress": "14"}}', "cypress/e2e/login.cy.js": "describe('Login', () => {})"},
        suite("Root Suite", file="cypress/e2e/login.cy.js") + suite("Login", ("signs in", "Login signs in")),
        {"Cypress end-to-end": 1},
    ),
    "maven": (
        {
            "pom.xml": "<project/>",
            "src/test/java/com/acme/shop/CartTest.java": "",
            "src/test/java/com/acme/shop/price/PriceTests.java": "",
            "src/test/java/com/acme/shop/OrderIT.java": "",
        },
        suite("com.acme.shop.CartTest", ("com.acme.shop.CartTest", "a"))
        + suite("com.acme.shop.price.PriceTests", ("com.acme.shop.price.PriceTests", "b"))
        + suite("com.acme.shop.OrderIT", ("com.acme.shop.OrderIT", "c")),
        {"Unit tests": 2, "Integration tests": 1},
    ),
    "maven-modules": (
        {
            "pom.xml": "<project/>",
            "orders/pom.xml": "<project/>",
            "orders/src/test/java/com/acme/orders/OrderTest.java": "",
            "billing/pom.xml": "<project/>",
            "billing/src/test/kotlin/com/acme/billing/BillTest.kt": "",
        },
        suite("com.acme.orders.OrderTest", ("com.acme.orders.OrderTest", "a")) + suite("x", ("com.acme.billing.BillTest", "b")),
        {"Orders unit": 1, "Billing unit": 1},
    ),
    "go": (
        {
            "go.mod": "module example.com/shop\n\ngo 1.22\n",
            "main_test.go": "",
            "cart/cart_test.go": "",
            "internal/price/price_test.go": "",
            "internal/price/tax/tax_test.go": "",
            "e2e/checkout_test.go": "",
        },
        suite("example.com/shop/cart", ("example.com/shop/cart", "TestA"))
        + suite("example.com/shop/internal/price/tax", ("example.com/shop/internal/price/tax", "TestB"))
        + suite("example.com/shop/e2e", ("example.com/shop/e2e", "TestC"))
        + suite("example.com/shop", ("example.com/shop", "TestD")),
        {"Cart": 1, "Price": 1, "End-to-end": 1, "Tests": 1},
    ),
    "ruby": (
        {"Gemfile": "", "spec/models/user_spec.rb": "", "spec/requests/login_spec.rb": ""},
        suite("rspec", ("spec.models.user_spec", "a"), ("spec.requests.login_spec", "b")),
        {"Models": 1, "Requests": 1},
    ),
    "monorepo": (
        {
            "package.json": "{}",
            "backend/pyproject.toml": "",
            "backend/uv.lock": "",
            "backend/tests/unit/test_cart.py": "",
            "worker/pyproject.toml": "",
            "worker/tests/unit/test_jobs.py": "",
            "web/package.json": '{"devDependencies": {"vitest": "3"}}',
            "web/src/cart/cart.test.ts": "",
            "services/pay/go.mod": "module example.com/pay\n",
            "services/pay/charge/charge_test.go": "",
        },
        suite("pytest", ("backend.tests.unit.test_cart", "a"), ("worker.tests.unit.test_jobs", "b"))
        + suite("web/src/cart/cart.test.ts", ("web/src/cart/cart.test.ts", "c"))
        + suite("example.com/pay/charge", ("example.com/pay/charge", "TestD")),
        {"Backend unit": 1, "Worker unit": 1, "Web cart": 1, "Pay charge": 1},
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(inside, tmp_path, name):
    files, cases, expected = LAYOUTS[name]
    plant(tmp_path, files)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/junit.xml").write_text(f"<testsuites>{cases}</testsuites>")
    result = inside("init")
    assert (result.code, result.out) == (0, "rca.toml\n")
    assert "try it with `rca report reports`" in result.err
    config, source = load_config(tmp_path)
    assert source == tmp_path / "rca.toml"
    assert {category.name for category in config.categories} == set(expected)
    run = json.loads(inside("report", "reports", "--format", "json").out)["runs"][0]
    assert {group["name"]: group["totals"]["total"] for group in run["categories"] if group["totals"]["total"]} == expected


def test_commands_run_one_group_and_write_a_report(tmp_path):
    plant(tmp_path, LAYOUTS["monorepo"][0])
    commands = {group.name: group.command for group in find_groups(tmp_path)}
    assert commands["Backend unit"] == "cd backend && uv run pytest tests/unit --junit-xml=reports/backend-tests-unit.xml"
    assert commands["Web cart"].startswith("cd web && npx vitest run --reporter=junit")
    assert commands["Pay charge"] == "cd services/pay && gotestsum --junitfile reports/services-pay-charge.xml ./charge/..."


def test_the_text_explains_itself(tmp_path):
    plant(tmp_path, LAYOUTS["python"][0])
    text = configuration_text(tmp_path)
    assert text.splitlines()[0].startswith("# What rca knows")
    for key in ("criterion", "priority", "planned", "journeys", "value", "risks", "environment"):
        assert key in text
    # What is commented out is an example that holds, once the signs before it are gone.
    examples = [line.removeprefix("# ") for line in text.splitlines() if line.startswith(("# [", "# name", "# steps", "# money"))]
    assert examples


def test_examples_hold_when_they_are_uncommented(tmp_path):
    lines = configuration_text(tmp_path).splitlines()
    prose = ("# What rca knows", "# A case belongs", "# No tests were")
    text = "\n".join(line.removeprefix("# ") for line in lines if not line.startswith(prose))
    config = Config.model_validate(tomllib.loads(text))
    assert config.categories[0].name == "Checkout"
    assert config.journeys
    assert config.value
    assert config.risks
    assert config.environment


def test_an_empty_folder(inside, tmp_path):
    assert inside("init").code == 0
    assert load_config(tmp_path)[0] == Config()


def test_nothing_is_written_over(inside, tmp_path):
    own = b"title = 'caf\xc3\xa9'\r\n"
    (tmp_path / "rca.toml").write_bytes(own)
    refused = inside("init")
    assert refused.code == 2
    assert "is there already" in refused.err
    assert (tmp_path / "rca.toml").read_bytes() == own
    assert inside("init", "--stdout").out == configuration_text(tmp_path)
    assert inside("init", "--force").code == 0
    assert inside("init", "--force").code == 0
    assert (tmp_path / "rca.toml.bak").read_bytes() == own
    assert (tmp_path / "rca.toml.bak2").exists()


PYPROJECTS = {
    "usual": b"[project]\nname = 'shop'\n\n[tool.ruff]\nline-length = 100\n",
    "no-end-of-line": b"[project]\nname = 'shop'  # the end",
    "windows": b"[project]\r\nname = 'caf\xc3\xa9'\r\n",
    "mark": b"\xef\xbb\xbf[project]\nname = 'shop'\n",
    "empty": b"",
    "comment": b"# nothing yet\n",
    "dotted": b"[project]\nname = 'x'\n[tool.x]\na.b.c = 1\n[[tool.y]]\nz = 1\n",
    "tool": b"[tool]\nx = 1\n",
}


@pytest.mark.parametrize("name", PYPROJECTS)
def test_pyproject_is_only_appended_to(inside, tmp_path, name):
    plant(tmp_path, LAYOUTS["python"][0])
    path = tmp_path / "pyproject.toml"
    path.write_bytes(PYPROJECTS[name])
    path.chmod(0o600)
    result = inside("init", "--pyproject")
    assert (result.code, result.out) == (0, "pyproject.toml\n"), result.err
    after = path.read_bytes()
    assert after.startswith(PYPROJECTS[name])
    assert path.stat().st_mode & 0o777 == 0o600
    assert (b"\r\n" in after) is (name == "windows")
    before = tomllib.loads(PYPROJECTS[name].decode("utf-8-sig").replace("\r\n", "\n"))
    document = tomllib.loads(after.decode("utf-8-sig").replace("\r\n", "\n"))
    assert len(document["tool"]["rca"]["categories"]) == 4
    del document["tool"]["rca"]
    assert {**before, "tool": before.get("tool", {})} == document
    config, source = load_config(tmp_path)
    assert source == path
    assert next(category.name for category in config.categories) == "Unit"
    assert not (tmp_path / "rca.toml").exists()
    again = inside("init", "--pyproject")
    assert again.code == 2
    assert "[tool.rca] table already" in again.err
    assert path.read_bytes() == after


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"[project\n", "is not valid TOML"),
        (b"tool = { x = 1 }\n", "TOML"),
        (b"\xff\xfe", "is not valid TOML"),
        (b"[tool.rca]\ntitle = 'x'\n", "[tool.rca] table already"),
    ],
)
def test_a_pyproject_that_cannot_take_it_stays_as_it_is(inside, tmp_path, content, said):
    path = tmp_path / "pyproject.toml"
    if content is not None:
        path.write_bytes(content)
    result = inside("init", "--pyproject")
    assert result.code == 2
    assert said in result.err
    assert (path.read_bytes() if path.exists() else None) == content


def test_two_configurations_do_not_hide_one_another(inside, tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "rca.toml").write_text("")
    result = inside("init", "--pyproject")
    assert result.code == 2
    assert "is read before pyproject.toml" in result.err


NAMES = st.text(alphabet=st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda name: name not in {".", ".."} and len(name.encode()) < 60
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAMES, min_size=1, max_size=3), st.sampled_from(["test_a.py", "a.test.ts", "a_test.go", "ATest.java", "a_spec.rb"]))
def test_any_folder_name_gives_a_valid_configuration(tmp_path_factory, folders, name):
    root = tmp_path_factory.mktemp("names")
    path = root.joinpath("tests", *folders, name)
    path.parent.mkdir(parents=True)
    path.write_text("describe('it \" \\\\ is', () => {})")
    for table in ("", "tool.rca"):
        document = tomllib.loads(configuration_text(root, table))
        Config.model_validate(document.get("tool", {}).get("rca", document))


def test_many_folders_are_limited_to_a_page(tmp_path):
    plant(tmp_path, {f"tests/area{number:02}/test_x.py": "" for number in range(40)})
    plant(tmp_path, {"tests/smoke/test_x.py": ""})
    groups = find_groups(tmp_path)
    assert len(groups) == 12
    assert "Smoke" in {group.name for group in groups}
