"""Whatever is nested, however deep: an honest sentence and its exit status, never "a bug in its own code"."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devloop.render.words import pretty_json
from runcmd.synthesis.scratch import remove
from stigmer_api.scripts.model import BadScript
from stigmer_api.scripts.parser import parse
from stigmerd.agents.models.layers import layer_of_file
from stigmerd.agents.problems import AgentProblem
from tests.support.command import Done
from tests.support.world import World

PROGRAM = 'from stigmer import Workflow\nw = Workflow("w")\nw.set("a", b=1)\n'
LEAST = "name: x\nruntime: python\n"
OK, USAGE, PROJECT_ERROR = 0, 2, 3
LAUGHS = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join(f'*a{n - 1}' for _ in range(9))}]}}\n" for n in range(1, 12)
)
LISTS = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join(f'*a{n - 1}' for _ in range(9))}]\n" for n in range(1, 12)
)


def says(done: Done, code: int, *words: str) -> None:
    assert done.code == code, done.text[-2000:]
    assert "bug" not in done.text
    assert "RecursionError" not in done.text
    assert len(done.text) < 20_000
    for word in words:
        assert word in done.text


def run(world: World, program: str = PROGRAM, yaml: str = LEAST) -> Done:
    return world.run("run", "w", "--ephemeral", cwd=world.project(program, yaml=yaml))


class TestStigmerYaml:
    @pytest.mark.parametrize("depth", [60, 900, 20_000])
    @pytest.mark.parametrize(("left", "right"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
    def test_nested(self, world: World, depth: int, left: str, right: str) -> None:
        value = f"\n  {left * depth}x{right * depth}\n"
        says(run(world, yaml=LEAST + "description:" + value), USAGE, "Stigmer.yaml:4:", "nested deeper")

    @pytest.mark.parametrize("text", [LAUGHS, LISTS, "description: &a [*a]\n", "watch: &a {ignore: [*a]}\n"])
    def test_what_stands_for_more(self, world: World, text: str) -> None:
        says(run(world, yaml=LEAST + text), USAGE, "Stigmer.yaml")

    @pytest.mark.parametrize("value", ["9" * 5000, "9" * 20])
    def test_a_number_without_end(self, world: World, value: str) -> None:
        says(run(world, yaml=f"{LEAST}watch: {{settle_ms: {value}}}\n"), USAGE, "too large")

    def test_a_file_without_end(self, world: World) -> None:
        says(run(world, yaml=LEAST + "# \n" * 100_000), USAGE, "larger than 128 KiB")


class TestConfiguration:
    @pytest.mark.parametrize(
        "text",
        ["[" * 900, "a: " + "{b: " * 900, LAUGHS, "a: 2001-99-99", "a: " + "9" * 5000],
    )
    def test_it(self, world: World, text: str) -> None:
        (world.dir / ".stigmer").mkdir()
        (world.dir / ".stigmer" / "config.yaml").write_text(text)
        says(
            world.run("run", "w", cwd=world.project(PROGRAM), env={"STIGMER_TRUST": "/x"}),
            USAGE,
            "config.yaml",
        )

    @pytest.mark.parametrize("text", ["[" * 900, LAUGHS, LISTS, "a: 2001-99-99", "a: " + "9" * 5000])
    def test_as_agents_read_it(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "config.yaml").write_text(text)
        with pytest.raises(AgentProblem, match=r"config\.yaml"):
            layer_of_file(tmp_path / "config.yaml")

    @pytest.mark.parametrize(
        "text", ["[" * 900, LISTS, "- call: &a [*a]", "- say: x\n  remember: &a {b: *a}"]
    )
    def test_a_script(self, text: str) -> None:
        with pytest.raises(BadScript):
            parse(text)


class TestPrograms:
    @pytest.mark.parametrize(
        ("program", "words"),
        [
            (
                "v = 1\nfor _ in range(5000): v = [v]\nw.set('n', b=v)",
                "main.py:6: Workflow.set: a value is nested",
            ),
            ("v = {}\nv['a'] = v\nw.set('n', b=v)", "contains itself"),
            (
                "v = 1\nfor _ in range(5000): v = {'a': v}\nw.http_post('n', 'http://x/', body=v)",
                "a value is nested too deep",
            ),
            (
                "v = 1\nfor _ in range(60): v = {'a': v}\nw.http_post('n', 'http://x/', body=v)",
                'workflow "w" is nested too deep',
            ),
            (
                "def inner(n):\n    with w.for_each(f'l{n}', [1]) as loop:\n"
                "        inner(n - 1) if n else w.set('x', a=1)\ninner(40)",
                "nested too deep",
            ),
        ],
    )
    def test_what_is_declared(self, world: World, program: str, words: str) -> None:
        says(run(world, PROGRAM + program + "\n"), PROJECT_ERROR, words)

    def test_one_that_calls_itself_is_told_so_in_a_few_lines(self, world: World) -> None:
        program = "def f(n): return g(n + 1)\ndef g(n): return f(n + 1)\nf(0)\n"
        done = run(world, program)
        assert done.code == PROJECT_ERROR
        assert "main.py:2: RecursionError" in done.text or "main.py:1: RecursionError" in done.text
        assert "bug" not in done.text
        assert done.text.count("\n") < 100

    def test_its_own_depth_is_not_taken_for_that_of_a_value(self, world: World) -> None:
        program = "def f(n): return w.set('n', b=1) if n == 0 else f(n - 1)\nf(20_000)\n"
        done = run(world, PROGRAM + program)
        assert done.code == PROJECT_ERROR
        assert "contains itself" not in done.text


@pytest.fixture
def deep_project(world: World) -> Iterator[Path]:
    """What others cannot remove, because it is too deep, is removed."""
    project = world.project(PROGRAM)
    yield project
    remove(project)
    assert not project.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="paths as long as on Linux")
@pytest.mark.parametrize(("watcher", "levels"), [("inotify", 2_100), ("watchfiles", 1_200), ("scan", 1_200)])
def test_directories(world: World, deep_project: Path, watcher: str, levels: int) -> None:
    """As deep as a path may be, and deeper."""
    project, here = deep_project, Path.cwd()
    try:
        os.chdir(project)
        for level in range(levels):
            if level == levels // 2 + 500:
                Path("file").write_text("one")
                deep = "d/" * level + "file"
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(here)
    flags = ("--watch", "--watcher", watcher, "-o", "json")
    running = world.start("run", "w", "--ephemeral", *flags, cwd=project)
    running.event("watch_ready")
    (project / deep).write_text("two")
    assert running.event("change_seen")["modified"] == [deep]
    running.event("watch_ready")
    running.signal(signal.SIGTERM)
    assert running.end().code == 143


def test_an_answer_is_shown_as_it_is() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    assert pretty_json(deep) == deep
    assert json.loads(pretty_json('{"a": [1]}')) == {"a": [1]}
