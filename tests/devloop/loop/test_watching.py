"""What is watched follows what the project says and what its program reads."""

from __future__ import annotations

import sys
from pathlib import Path

from devloop.loop.events import ChangeSeen, EditBroken, RunStarted, WatchNoted, WatchReady
from runcmd.events import RunFinished
from runcmd.pipeline import Connect
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says


async def test_an_ignored_file_counts_when_the_program_reads_it(tmp_path: Path, connect: Connect) -> None:
    (tmp_path / ".gitignore").write_text("private/\n")
    (tmp_path / "private").mkdir()
    (tmp_path / "private/text.md").write_text("good morning")
    (tmp_path / "private/other.md").write_text("unread")
    program = says("x").replace('"x"', 'open("private/text.md").read()')
    async with looping(tmp_path, connect, program) as hands:
        await hands.until(WatchReady)
        hands.edit("still unread", "private/other.md")
        hands.edit("good evening", "private/text.md")
        assert (await hands.until(RunStarted, run=2)).changed == ("private/text.md",)
        assert "good evening" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.edit("good night", "private/text.md")
        await hands.until(RunStarted, run=3)
    assert len(hands.screen.all(RunStarted)) == 3


async def test_patterns_of_stigmer_yaml_are_read_again(tmp_path: Path, connect: Connect) -> None:
    (tmp_path / "notes.txt").write_text("one")
    yaml = "name: demo\nruntime: python\n"
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.edit(yaml + "watch: {ignore: ['*.txt']}\n", "Stigmer.yaml")
        await hands.until(ChangeSeen)
        await hands.until(WatchReady)
        hands.edit("two", "notes.txt")
        hands.edit(says("two"))
        assert (await hands.until(ChangeSeen)).modified == ("main.py",)
        await hands.until(RunStarted, run=2)


async def test_a_broken_stigmer_yaml_is_a_broken_edit(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.edit("nam: demo\n", "Stigmer.yaml")
        assert 'unknown key "nam"' in (await hands.until(EditBroken)).error
        hands.edit("name: demo\nruntime: python\n", "Stigmer.yaml")
        await hands.until(WatchReady)
        hands.edit(says("two"))
        assert "two" in (await hands.until(RunFinished)).answer


async def test_a_line_of_an_ignore_file_that_does_nothing_is_told_once(
    tmp_path: Path, connect: Connect
) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n[abc\n")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/.stigmerignore").write_text("!\n")
    unclosed = "a [ without ] matches nothing"
    known = {f".gitignore:2: {unclosed}", "texts/.stigmerignore:1: ! matches nothing"}
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        assert {each.text for each in hands.screen.all(WatchNoted)} == known
        hands.edit("*.log\n[abc\n*.tmp\n[xyz\n", ".gitignore")
        await hands.until(WatchNoted, text=f".gitignore:4: {unclosed}")
        hands.edit(says("two"))
        await hands.until(RunStarted, run=2)
    assert len(hands.screen.all(WatchNoted)) == len(known) + 1


async def test_a_broken_environment_is_mended_although_it_is_ignored(
    tmp_path: Path, connect: Connect
) -> None:
    (tmp_path / ".gitignore").write_text(".venv/\n")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/opt/gone/python3.99")
    async with looping(tmp_path, connect, says("one")) as hands:
        assert "which is not there" in (await hands.until(EditBroken)).error
        await hands.until(WatchReady)
        draft = python.with_name("draft")
        draft.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        draft.chmod(0o755)
        draft.replace(python)
        assert "one" in (await hands.until(RunFinished)).answer
