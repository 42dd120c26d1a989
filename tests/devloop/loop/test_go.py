"""A project whose program is written in Go: what counts is what its program is built of."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from devloop.loop.events import ExplanationShown, NotAffected, RunStarted, WatchReady
from runcmd.pipeline import Connect
from tests.devloop.loop.looping import looping
from tests.runcmd.declarations import workflow
from tests.runcmd.synthesis.golang.gophers import MODULE, PATIENT, needs_go

pytestmark = PATIENT

HEAD = "name: demo\nruntime: go\n"
SECOND = "package main\nfunc main() {}\n"


def library(word: str) -> str:
    """A package that says a word of four letters."""
    return f'package words\nfunc Word() string {{ return "{word}" }}\n'


def main_of(message: bytes) -> str:
    """A program that declares this, with the package's word in the place of another."""
    data = base64.b64encode(message).decode()
    return (
        'package main\nimport ("bytes"; "encoding/base64"; "os"; "example.com/words")\nfunc main() {\n'
        f'data, _ := base64.StdEncoding.DecodeString("{data}")\n'
        'data = bytes.Replace(data, []byte("here"), []byte(words.Word()), 1)\n'
        'os.WriteFile(os.Getenv("STIGMER_OUT_DIR") + "/workflow-0.pb", data, 0o600)\n}\n'
    )


@pytest.fixture
def project(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """With a module beside it, and with files that do not belong to its program."""
    needs_go(tmp_path_factory, monkeypatch)
    declared = workflow("build")
    declared.spec.description = "here"
    files = {
        "app/go.mod": MODULE + "require example.com/words v0.0.0\nreplace example.com/words => ../words\n",
        "app/main.go": main_of(declared.SerializeToString()),
        "app/second.go": SECOND,
        "app/gen.go": "//go:build ignore\n\n" + SECOND,
        "words/go.mod": MODULE.replace("demo", "example.com/words"),
        "words/words.go": library("word"),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "app"


async def test_what_is_not_built_makes_no_difference(project: Path, connect: Connect) -> None:
    async with looping(project, connect, "", head=HEAD) as hands:
        await hands.until(WatchReady)
        hands.edit("//go:build ignore\n\n" + SECOND + "var x = 1\n", "gen.go")
        assert (await hands.until(NotAffected)).changed == ("gen.go",)
        await hands.until(WatchReady)
        hands.edit(SECOND + "var x = undefined\n", "second.go")
        assert (await hands.until(NotAffected)).changed == ("second.go",)
        await hands.until(WatchReady)
        hands.loop.press("e")
        reasons = {each.path: each.reason for each in (await hands.until(ExplanationShown)).made_of}
        words = "../words/words.go"
        assert reasons.keys() == {"main.go", "gen.go", "second.go", words}
        assert {reasons["main.go"], reasons[words]} == {"built into the Go program"}
        assert "build constraint" in reasons["gen.go"]
        assert "another program" in reasons["second.go"]
    assert len(hands.screen.all(RunStarted)) == 1


async def test_a_module_beside_the_project_counts(project: Path, connect: Connect) -> None:
    async with looping(project, connect, "", head=HEAD) as hands:
        await hands.until(WatchReady)
        hands.edit(library("bird"), "../words/words.go")
        assert (await hands.until(RunStarted, run=2)).changed == ("../words/words.go",)
        await hands.until(WatchReady)
        hands.edit("package main\nvar unused = 1\n", "unused.go")
        assert (await hands.until(NotAffected)).changed == ("unused.go",)
    assert len(hands.screen.all(RunStarted)) == 2
