"""A Go program is built when something that it is made of has changed, and only then."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from runcmd.synthesis.golang.kept import FACTS, MOST_BUILDS_OF_ONE, PROGRAM, UNFINISHED, prune
from tests.runcmd.synthesis.golang.gophers import MODULE, PATIENT, Gopher, program

pytestmark = PATIENT

IGNORE = "//go:build ignore\n\n"
SECOND = 'package main\nfunc main() { println("second") }\n'


def filled(gopher: Gopher) -> Gopher:
    """A project with everything that a program can be made of."""
    gopher.write(
        "main.go",
        program(
            "println(library.Word(), util.Word(), texts())",
            imports='"demo/util"; "example.com/library"; _ "embed"',
        ),
    )
    gopher.write(
        "texts.go",
        'package main\nimport "embed"\n//go:embed texts/*.txt\nvar files embed.FS\n'
        'func texts() int { found, _ := files.ReadDir("texts"); return len(found) }\n',
    )
    gopher.write("texts/a.txt", "a")
    gopher.write("gen.go", IGNORE + SECOND)
    gopher.write("main_test.go", "package main\n")
    gopher.write("util/util.go", 'package util\nfunc Word() string { return "word" }\n')
    gopher.write("../library/go.mod", MODULE.replace("demo", "example.com/library"))
    gopher.write("../library/library.go", 'package library\nfunc Word() string { return "lib" }\n')
    gopher.write(
        "go.mod",
        f"{MODULE}\nrequire example.com/library v0.0.0\n\nreplace example.com/library => ../library\n",
    )
    return gopher


async def test_what_makes_no_difference(gopher: Gopher) -> None:
    filled(gopher)
    assert await gopher.says() == "lib word 1\n"
    assert gopher.built
    for name, text in {
        "gen.go": IGNORE + SECOND.replace("second", "otherwise"),
        "main_test.go": "package main\nvar x = 1\n",
        "another_test.go": "package main\n",
        "notes.md": "notes",
        "texts/b.md": "no text",
        "util/other/other.go": "package other\n",
    }.items():
        gopher.write(name, text)
    os.utime(gopher.directory / "main.go", (1, 1))
    assert await gopher.says() == "lib word 1\n"
    # A name in a directory that files are embedded of may be one that is embedded.
    assert gopher.built
    gopher.write("gen.go", IGNORE + SECOND)
    (gopher.directory / "texts/b.md").write_text("still no text")
    assert await gopher.says() == "lib word 1\n"
    assert not gopher.built


EDITS: dict[str, tuple[str, str, str]] = {
    "the main file": ("main.go", program('println("new")'), "new\n"),
    "another file of the package": (
        "init.go",
        'package main\nfunc init() { println("i") }\n',
        "i\nlib word 1\n",
    ),
    "a package of the module": (
        "util/util.go",
        'package util\nfunc Word() string { return "w" }\n',
        "lib w 1\n",
    ),
    "a file more of that": (
        "util/more.go",
        'package util\nfunc init() { println("more") }\n',
        "more\nlib word 1\n",
    ),
    "a module beside the project": (
        "../library/library.go",
        'package library\nfunc Word() string { return "l" }\n',
        "l word 1\n",
    ),
    "an embedded file more": ("texts/b.txt", "b", "lib word 2\n"),
    "a constraint that is gone": (
        "gen.go",
        'package main\nfunc init() { println("gen") }\n',
        "gen\nlib word 1\n",
    ),
}


@pytest.mark.parametrize("what", EDITS)
async def test_what_makes_a_difference(gopher: Gopher, what: str) -> None:
    name, text, said = EDITS[what]
    filled(gopher)
    assert await gopher.says() == "lib word 1\n"
    place = gopher.directory / name
    before = place.read_text() if place.exists() else None
    gopher.write(name, text)
    assert await gopher.says() == said
    assert gopher.built
    place.unlink()
    if before is not None:
        gopher.write(name, before)
    assert await gopher.says() == "lib word 1\n"
    assert not gopher.built, "what is undone was built before"


async def test_an_edit_of_the_same_size_and_time(gopher: Gopher) -> None:
    gopher.write("main.go", program("println(1)"))
    for number in range(1, 4):
        gopher.write("main.go", program(f"println({number})"))
        os.utime(gopher.directory / "main.go", (1, 1))
        assert await gopher.says() == f"{number}\n"


async def test_an_edit_during_the_build_is_not_taken_for_what_was_there_before(
    gopher: Gopher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gopher.write("main.go", program('println("old")'))
    gopher.write("../next.go", program('println("next")'))
    _edited_before_each_build(gopher.directory / "main.go", tmp_path, monkeypatch)
    assert await gopher.says() == "next\n"
    gopher.write("main.go", program('println("old")'))
    (tmp_path / "next.go").unlink()
    assert await gopher.says() == "old\n"


def _edited_before_each_build(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `go` command that writes the file as soon as it is about to build."""
    real = next(
        place
        for each in os.environ["PATH"].split(os.pathsep)
        if os.access(place := Path(each, "go"), os.X_OK)
    )
    tool = tmp_path / "bin/go"
    tool.parent.mkdir()
    edit = f"cp {tmp_path}/next.go {file} 2>/dev/null"
    tool.write_text(f'#!/bin/sh\n[ "$1" = build ] && {edit}\nexec "{real}" "$@"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")


async def test_what_may_have_been_written_while_go_looked_at_it_is_built_again(gopher: Gopher) -> None:
    gopher.write("main.go", program('println("first")'))
    gopher.write("new.go", "package main\n")
    new = gopher.directory / "new.go"
    os.utime(new, (now := time.time() + 3600, now))
    for _ in range(2):
        assert await gopher.says() == "first\n"
        assert gopher.built
    os.utime(new)
    await gopher.says()
    await gopher.says()
    assert not gopher.built


async def test_an_edit_of_what_was_built_before_is_well_known(gopher: Gopher) -> None:
    gopher.write("main.go", program('println("first")'))
    await gopher.says()
    gopher.write("main.go", program('println("second")'))
    assert await gopher.says(soon=True) == "second\n"
    await gopher.says(soon=True)
    assert not gopher.built


async def test_another_environment_is_another_build(gopher: Gopher, monkeypatch: pytest.MonkeyPatch) -> None:
    gopher.write("main.go", program('println("main")'))
    gopher.write("tagged.go", '//go:build loud\n\npackage main\nfunc init() { println("loud") }\n')
    assert await gopher.says() == "main\n"
    monkeypatch.setenv("GOOGLE_API_KEY", "abc")
    await gopher.says()
    assert not gopher.built
    monkeypatch.setenv("GOFLAGS", "-tags=loud")
    assert await gopher.says() == "loud\nmain\n"
    monkeypatch.setenv("GOFLAGS", "-modcacherw")
    assert await gopher.says() == "main\n"
    assert not gopher.built


async def test_a_workspace_above_the_project(gopher: Gopher) -> None:
    filled(gopher)
    assert await gopher.says() == "lib word 1\n"
    gopher.write("../go.work", "go 1.19\n\nuse ./app\n\nreplace example.com/library => ./other\n")
    gopher.write("../other/go.mod", MODULE.replace("demo", "example.com/library"))
    gopher.write("../other/library.go", 'package library\nfunc Word() string { return "work" }\n')
    assert await gopher.says() == "work word 1\n"
    await gopher.says()
    assert not gopher.built
    gopher.write("../other/library.go", 'package library\nfunc Word() string { return "again" }\n')
    assert await gopher.says() == "again word 1\n"


def _writable_program(build: Path) -> None:
    (build / PROGRAM).chmod(0o722)


def _writable_folder(build: Path) -> None:
    build.chmod(0o777)


def _another_program(build: Path) -> None:
    (build / PROGRAM).write_text("#!/bin/sh\necho planted >&2\n")


def _a_link(build: Path) -> None:
    (build / PROGRAM).rename(build / "real")
    (build / PROGRAM).symlink_to(build / "real")


def _other_facts(build: Path) -> None:
    (build / FACTS).write_text('{"program": 1}')


def _no_facts(build: Path) -> None:
    (build / FACTS).write_bytes(b"\0" * 10)


@pytest.mark.parametrize(
    "tamper",
    [_writable_program, _writable_folder, _another_program, _a_link, _other_facts, _no_facts],
)
async def test_a_build_that_somebody_else_may_have_changed_is_not_started(
    gopher: Gopher, tamper: Callable[[Path], None]
) -> None:
    gopher.write("main.go", program('println("main")'))
    await gopher.says()
    [build] = gopher.kept()
    assert stat.S_IMODE((build / PROGRAM).stat().st_mode) == 0o700
    assert stat.S_IMODE(build.stat().st_mode) == 0o700
    tamper(build)
    assert await gopher.says() == "main\n"
    assert gopher.built


@pytest.mark.parametrize("place", ["file", "open"])
async def test_without_a_place_of_our_own_it_is_built_each_time(
    gopher: Gopher, tmp_path: Path, place: str
) -> None:
    gopher.write("main.go", program('println("main")'))
    if place == "file":
        (tmp_path / "data").write_text("")
    else:
        (tmp_path / "data/go-builds").mkdir(parents=True)
        (tmp_path / "data/go-builds").chmod(0o777)
    for _ in range(2):
        assert await gopher.says() == "main\n"
        assert gopher.built
    assert gopher.kept() == []


async def test_many_at_once(gopher: Gopher, tmp_path: Path) -> None:
    gopher.write("main.go", program('println("main")'))
    others = [Gopher(gopher.directory) for _ in range(4)]
    async with anyio.create_task_group() as tasks:
        for each in others:
            tasks.start_soon(each.says)
    assert list(tmp_path.glob(f"data/*/*/{UNFINISHED}*")) == []
    await gopher.says()
    assert not gopher.built


class TestBounds:
    """What is kept is bounded; made of files that are as large as they say, and hold nothing."""

    def test_not_too_many_of_one(self, tmp_path: Path) -> None:
        builds = [self.build(tmp_path, "one", number, size=10, age=100 - number) for number in range(9)]
        prune(tmp_path)
        assert [each.exists() for each in builds] == [False] * (9 - MOST_BUILDS_OF_ONE) + [True] * 4

    def test_not_too_much_in_all(self, tmp_path: Path) -> None:
        builds = [self.build(tmp_path, f"k{n}", n, size=200 << 20, age=100 - n) for n in range(4)]
        prune(tmp_path)
        assert [each.exists() for each in builds] == [False, False, True, True]
        assert not builds[0].parent.exists()

    def test_not_for_ever(self, tmp_path: Path) -> None:
        old = self.build(tmp_path, "k", 1, size=1, age=40 * 86400)
        young = self.build(tmp_path, "k", 2, size=1, age=20 * 86400)
        unfinished = tmp_path / "k" / f"{UNFINISHED}x"
        unfinished.mkdir()
        os.utime(unfinished, (1, 1))
        (tmp_path / "k" / f"{UNFINISHED}y").mkdir()
        prune(tmp_path)
        assert sorted((tmp_path / "k").iterdir()) == sorted([young, tmp_path / "k" / f"{UNFINISHED}y"])
        assert not old.exists()

    def test_not_what_is_in_use(self, tmp_path: Path) -> None:
        import fcntl

        old = self.build(tmp_path, "k", 1, size=1, age=40 * 86400)
        with (old / FACTS).open() as used:
            fcntl.flock(used, fcntl.LOCK_SH)
            prune(tmp_path)
            assert old.exists()
        prune(tmp_path)
        assert not old.exists()

    def build(self, place: Path, key: str, number: int, *, size: int, age: float) -> Path:
        build = place / key / f"b{number}"
        build.mkdir(parents=True)
        with (build / PROGRAM).open("wb") as file:
            file.truncate(size)
        (build / FACTS).write_text("{}")
        now = (build / FACTS).stat().st_mtime - age
        os.utime(build, (now, now))
        return build
