"""What `git log` prints is taken apart, also when it is broken."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.model import Commit, FileChange
from rca.sources.changes import LINE, LINES_KEPT, Patch, commits_in, lines_of, scope_name
from tests.timing import assert_linear

SHA = b"0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("def total(self):", "total"),
        ("async def total(self):", "total"),
        ("class Cart(Base):", "Cart"),
        ("public BigDecimal total(List<Item> items) throws IOException {", "total"),
        ("    private static <T> List<T> all(Class<T> kind) {", "all"),
        ("func (c *Cart) Total(x int) int {", "Total"),
        ("func Total() {", "Total"),
        ("export default async function checkOut(order) {", "checkOut"),
        ("const total = (items) => {", "total"),
        ("  render() {", "render"),
        ("pub fn apply<T>(&self) -> T {", "apply"),
        ("impl Cart {", "Cart"),
        ("def self.total(order)", "total"),
        ("module Shop", "Shop"),
        ("sub total {", "total"),
        ("if (a) {", ""),
        ("# Usage", "Usage"),
        ("[tool.rca]", "tool.rca"),
        ("", ""),
        ("x" * 5_000, ""),
    ],
)
def test_the_name_in_a_line(line, name):
    assert scope_name(line) == name


def patched(text, files=1, parents=1):
    commit = Commit("0", None, "", ("p",) * parents, [FileChange(f"f{number}") for number in range(files)])
    patch = Patch(commit)
    for line in lines_of(io.BytesIO(text)):
        patch.take(line)
    patch.finish()
    return commit.files


def test_a_function_that_is_added_is_not_in_the_one_above():
    (file,) = patched(b"diff --git a/f b/f\n@@ -9,0 +10,4 @@ def before():\n+\n+@cache\n+def after():\n+    return 1\n")
    assert file.scopes == ("after",)


def test_a_changed_line_is_in_the_function_above():
    (file,) = patched(b"diff --git a/f b/f\n@@ -9 +9 @@ def before():\n-    return 1\n+    return 22222 + name\n")
    assert (file.scopes, file.gained - file.lost, file.added, file.deleted) == (("before",), {"22222", "name"}, 1, 1)


def test_content_that_looks_like_a_header():
    (file,) = patched(
        b"diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n--- a/gone\n+++ b/came\n+diff --git a b\n+@@ -1 +1 @@ def no():\n"
    )
    assert (file.added, file.deleted) == (3, 1)
    assert {"gone"} <= file.lost
    assert {"came", "diff"} <= file.gained


def test_of_a_merge_only_lines_that_no_parent_has():
    (file,) = patched(b"diff --cc f\n@@@ -1,2 -1,2 +1,3 @@@ def one():\n++neither\n+ left\n -right\n--both\n", parents=2)
    assert (file.gained, file.lost, file.scopes) == ({"neither"}, {"both"}, ("one",))


def test_a_patch_with_other_files_than_the_list_is_not_used():
    files = patched(b"diff --git a/f b/f\n@@ -1 +1 @@\n+word\n", files=2)
    assert [file.added for file in files] == [0, 0]


def test_a_file_that_became_a_link_has_two_sections():
    commit = Commit("0", None, "", ("p",), [FileChange("f", status="other")])
    patch = Patch(commit)
    for line in (b"diff --git a/f b/f\n", b"@@ -1 +0,0 @@\n", b"-text\n", b"diff --git a/f b/f\n", b"@@ -0,0 +1 @@\n", b"+target\n"):
        patch.take(line)
    patch.finish()
    assert (commit.files[0].lost, commit.files[0].gained) == ({"text"}, {"target"})


def test_long_lines_and_long_patches_are_cut():
    (file,) = patched(b"diff --git a/f b/f\n@@ -0,0 +1 @@\n+begin " + b"x" * 3 * LINE + b" end\n+next\n")
    assert "begin" in file.gained
    assert "next" in file.gained
    assert "end" not in file.gained
    many = b"".join(b"+word%d\n" % number for number in range(LINES_KEPT + 50))
    (file,) = patched(b"diff --git a/f b/f\n@@ -0,0 +1 @@\n" + many)
    assert file.added == LINES_KEPT + 50
    assert len(file.gained) <= LINES_KEPT


@given(st.binary(max_size=400))
def test_any_bytes_are_a_patch(data):
    assert len(patched(b"diff --git a/f b/f\n@@ -1 +1 @@\n" + data)) == 1


@given(st.lists(st.binary(max_size=30).map(lambda text: text.replace(b"\0", b"")), max_size=40))
def test_any_tokens_are_commits(tokens):
    assert all(len(commit.sha) == 40 for commit in commits_in([SHA, b"", b"1", b"s", b"b", *tokens]))


@pytest.mark.parametrize("seconds", [b"", b"x", b"-99999999999999", b"9" * 30])
def test_times_that_are_none(seconds):
    (commit,) = commits_in([SHA, b"", seconds, b"s", b"b"])
    assert commit.at.year == 1970


def test_a_name_is_never_taken_for_a_commit():
    tokens = [SHA, b"", b"1", b"s", b"b", b"\n:100644 100644 a b M", SHA, b":000000 100644 0 b A", b"next", SHA, b"", b"2", b"t", b""]
    first, second = commits_in(tokens)
    assert [file.path for file in first.files] == [SHA.decode(), "next"]
    assert second.summary == "t"


@pytest.mark.parametrize("unit", [b"+a(", b"+public int f(int a, ", b"+((((", b"+class ", b"+\xff", b"@@ -1 +1 @@ f(<", b"@@ -1,"])
def test_no_line_hangs(unit):
    head = b"diff --git a/f b/f\n@@ -1 +1 @@ x\n"
    assert_linear(lambda size: patched(head + unit * (size // len(unit)) + b"\n" + (unit + b"\n") * (size // len(unit))))
