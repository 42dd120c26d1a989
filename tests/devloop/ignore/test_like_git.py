"""Our answers equal those of `git check-ignore`, for patterns that nobody would write."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devloop.ignore import Ignore
from tests.devloop.ignore.repository import Repository

NAMES = [
    "a",
    "b",
    "c",
    "ab",
    "abc",
    "foo",
    "foo.py",
    "bar.txt",
    ".x",
    "a b",
    "a ",
    "A",
    "Foo",
    "B.PY",
    "é",
    "a[b]",
    "x\\y",
]
NAMES += ["#a", "!a", "]", "^", "-", "a-c", "*", "**", "?", "\t", "a\\", "_", "0", "a\n"]
PIECES = [
    "a",
    "b",
    "c",
    "ab",
    "foo",
    ".py",
    "x",
    "*",
    "*",
    "*",
    "**",
    "**",
    "***",
    "/",
    "/",
    "/",
    "/",
    "?",
    "?",
    "[ab]",
    "[!a]",
]
PIECES += [
    "[^a]",
    "[a-c]",
    "[]a]",
    "[]-a]",
    "[a-]",
    "[!]a]",
    "[[:alpha:]]",
    "[[:upper:]_]",
    "[^[:digit:]]",
    "[[:punct:][:space:]]",
]
PIECES += [
    "[[:foo:]]",
    "[[:alpha:]",
    "[a",
    "[",
    "]",
    "[\\]]",
    "[a\\-c]",
    "[\\a-c]",
    "[/]",
    "[!/]",
    "[A-Z]",
    "[B]",
    "[[a]",
    "[[:a]",
]
PIECES += [
    "\\",
    "\\*",
    "\\a",
    "\\A",
    "\\/",
    "\\ ",
    " ",
    " ",
    ".",
    "!",
    "#",
    "\\!",
    "\\#",
    "\r",
    "\t",
    "é",
    "-",
    "A",
    "F",
    "//",
    "**/",
]
PIECES += [
    "/**",
    "/**/",
    "\0",
    "[é]",
    "[à-ü]",
    "[--a]",
    "[c-a]",
    "[a-c-x]",
    "[a-\\c]",
    "[!-~]",
    "[[:xdigit:]-z]",
    "[[-a]",
    "[\\",
]
ENDS = ["\n", "\n", "\n", "\n", "\r\n", " \n", "  \r\n", "\\ \n", "/\n", "/ \n", ""]


def lines(chance: random.Random) -> Iterator[str]:
    """An ignore file."""
    if chance.random() < 0.05:
        yield "\N{BYTE ORDER MARK}"
    for _ in range(chance.randint(1, 6)):
        yield chance.choice(["", "", "", "", "!", "!", "/", "#"])
        if chance.random() < 0.3:
            yield chance.choice(NAMES).replace("\n", "")
        else:
            yield from chance.choices(PIECES, k=chance.randint(0, 6))
        yield chance.choice(ENDS)


def grow(repository: Repository, chance: random.Random, path: str, depth: int = 3) -> None:
    """A tree with an ignore file here and there."""
    for name in chance.sample(NAMES, chance.randint(2, 5)):
        if depth and chance.random() < 0.5:
            grow(repository, chance, f"{path}/{name}", depth - 1)
        else:
            repository.write(f"{path}/{name}")
    if chance.random() < (0.9 if depth == 3 else 0.15):
        repository.write(f"{path}/.gitignore", "".join(lines(chance)))


@pytest.mark.parametrize("fold", ["false", "true"])
@pytest.mark.parametrize("seed", range(2))
def test_a_wood_of_trees(repository: Repository, seed: int, fold: str) -> None:
    repository.git("config", "core.ignorecase", fold)
    chance = random.Random(seed)
    for tree in range(60):
        grow(repository, chance, f"t{tree}")
    paths = repository.everything()
    folders = [path for path in chance.sample(paths, 500) if (repository.top / path).is_dir()]
    missing = [f"{folder}/{chance.choice(NAMES)}" for folder in folders]
    assert repository.compare([*paths, *missing]) > 100


# Each example holds many files, because asking git costs the same for one path and for a thousand.
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(st.text("ab*?[]!^-/\\ \r.#é", max_size=10), max_size=5), min_size=10, max_size=25))
def test_any_lines_whatever(repository: Repository, files: list[list[str]]) -> None:
    tree = ("a", "b/a", "b/b/a", "a.b", "ab/ab", "!a", "#", "[a]", "a b", "é/é", "-", "a\\")
    for number, file in enumerate(files):
        folder = repository.top / f"t{number}"
        if not folder.exists():
            for path in tree:
                repository.write(f"t{number}/{path}")
        repository.write(f"t{number}/.gitignore", "\n".join(file))
    repository.compare(
        [f"t{number}/{path}" for number in range(len(files)) for path in (*tree, "b", "b/b", "ab", "é")]
    )


@pytest.mark.parametrize(
    ("line", "ignored"),
    [
        ("foo**/bar", {"foobar", "foo/bar", "foo/x/bar", "fooq/bar"}),
        ("x/a**", {"x/ab/c", "x/ab", "x/a"}),
        ("foo[!a]bar/", set()),
        ("/foo[!a]bar", set()),
        ("x/[/]a", set()),
        ("x[/]a", set()),
        ("x[!b]a", set()),
        ("x\\/a", {"x/a"}),
        ("x/", {"x", "x/a", "x/ab", "x/ab/c", "foo/x", "foo/x/bar"}),
        ("/x/*", {"x/a", "x/ab", "x/ab/c"}),
        ("**", None),
        ("/**/x/**", {"x/a", "x/ab", "x/ab/c", "foo/x/bar"}),
        ("x/**/", {"x/ab", "x/ab/c"}),
    ],
)
def test_lines_that_surprise(repository: Repository, line: str, ignored: set[str] | None) -> None:
    for path in ("foobar", "foo/bar", "foo/x/bar", "fooq/bar", "x/a", "x/ab/c"):
        repository.write(path)
    repository.write(".gitignore", line)
    paths = repository.everything()
    repository.compare(paths)
    assert set(repository.ignored(paths)) == (set(paths) if ignored is None else ignored)


def test_many_stars_take_no_time(tmp_path: Path) -> None:
    """A plain translation would try 200¹² ways."""
    stars = "*a" * 12 + "b"
    (tmp_path / ".gitignore").write_text(f"{stars}\nx/{stars}\n**/{stars}/**/{stars}/**/y\n")
    name = "a" * 200
    assert not Ignore.load(tmp_path).ignores(f"x/{name}/{name}/{name}/{name}", False)
