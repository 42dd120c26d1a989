"""What a project declares, right now; and every way in which its program can fail."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
import venv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runcmd.errors import ProjectError, RunError, UsageError
from runcmd.events import Event, ProgramWrote, SynthesisFinished, SynthesisStarted
from runcmd.project import Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import open_zygote
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Synthesizer
from runcmd.synthesis.manifest import Manifest
from tests.runcmd.synthesis.golang.gophers import PATIENT
from tests.runcmd.synthesis.golang.gophers import program as go_program
from tests.runcmd.synthesis.programs import AGENT, declaring


class Discovery:
    """Discovers in one of the ways there are."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self.synthesizer = synthesizer
        self.events: list[Event] = []  # of all discoveries

    async def __call__(self, found: Project, deadline: float = 30) -> tuple[Manifest, list[Event]]:
        before = len(self.events)
        manifest = await discover(found, self._emit, deadline=deadline, synthesizer=self.synthesizer)
        return manifest, self.events[before:]

    async def failure(self, found: Project, deadline: float = 30) -> RunError:
        with pytest.raises(RunError) as caught:
            await self(found, deadline)
        return caught.value

    async def _emit(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture(params=["fresh child", "zygote"])
async def discovered(request: pytest.FixtureRequest) -> AsyncIterator[Discovery]:
    if request.param == "fresh child":
        yield Discovery(fresh_child)
        return
    async with open_zygote() as zygote:
        yield Discovery(zygote)


async def test_what_is_declared_and_what_is_printed(discovered: Discovery, tmp_path: Path) -> None:
    found = declaring(tmp_path, AGENT + "import sys\nprint('hello')\nprint('careful', file=sys.stderr)\n")
    manifest, events = await discovered(found)
    assert [each.key for each in manifest.resources] == ["agent:helper"]
    assert events[0] == SynthesisStarted(main=tmp_path / "main.py")
    wrote = {event.stream: event.text for event in events if isinstance(event, ProgramWrote)}
    assert wrote == {"stdout": "hello\n", "stderr": "careful\n"}
    finished = events[-1]
    assert isinstance(finished, SynthesisFinished)
    assert (finished.agents, finished.workflows) == (1, 0)


async def test_two_syntheses_of_the_same_program_are_equal(discovered: Discovery, tmp_path: Path) -> None:
    found = declaring(tmp_path, AGENT)
    first, _ = await discovered(found)
    second, _ = await discovered(found)
    assert first.resources[0].hash == second.resources[0].hash


async def test_the_files_that_the_program_reads_are_known(discovered: Discovery, tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("Help whoever asks.")
    (tmp_path / "parts.py").write_text("NAME = 'helper'\n")
    program = (
        "from pathlib import Path\nfrom stigmer import Agent\nfrom parts import NAME\n"
        "Agent(NAME, (Path(__file__).parent / 'prompt.md').read_text())\n"
    )
    manifest, _ = await discovered(declaring(tmp_path, program))
    assert {"prompt.md", "parts.py", "main.py"} <= {path.name for path in manifest.inputs}
    assert not list(tmp_path.rglob("*.pyc"))


async def test_an_error_of_the_program_is_shown_from_its_first_frame_on(
    discovered: Discovery, tmp_path: Path
) -> None:
    (tmp_path / "parts.py").write_text("def part():\n    return 1 / 0\n")
    error = await discovered.failure(declaring(tmp_path, "from parts import part\n\npart()\n"))
    assert isinstance(error, ProjectError)
    assert error.message == "parts.py:2: ZeroDivisionError: division by zero"
    assert error.details[0] == "Traceback (most recent call last):"
    assert str(tmp_path / "main.py") in error.details[1]
    assert error.details[-1] == "ZeroDivisionError: division by zero"
    assert not any("stigmer/" in line for line in error.details)
    assert error.facts == {
        "code": "E0302",
        "type": "ZeroDivisionError",
        "file": str(tmp_path / "parts.py"),
        "line": "2",
    }


async def test_a_syntax_error_names_its_line(discovered: Discovery, tmp_path: Path) -> None:
    error = await discovered.failure(declaring(tmp_path, "x = 1\ndef broken(:\n"))
    assert error.message.startswith("main.py:2: SyntaxError: ")
    assert any("def broken(:" in line for line in error.details)


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("import sys; sys.exit(3)", "main.py ended with exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "main.py was killed by SIGSEGV"),
        ("print('nothing here')", "main.py declares no agent and no workflow"),
        ("", "main.py declares no agent and no workflow"),
        (AGENT + AGENT, "helper"),
        ("import nowhere", "main.py:1: ModuleNotFoundError: No module named 'nowhere'"),
        ("from stigmer import Nobody", "main.py:1: ImportError: cannot import name 'Nobody'"),
    ],
)
async def test_ways_to_fail(discovered: Discovery, tmp_path: Path, program: str, text: str) -> None:
    error = await discovered.failure(declaring(tmp_path, program))
    assert isinstance(error, ProjectError)
    assert text in error.message
    assert error.exit_code == 3


async def test_an_exit_status_comes_with_what_was_said_before(discovered: Discovery, tmp_path: Path) -> None:
    error = await discovered.failure(declaring(tmp_path, "import sys; sys.exit('no credentials')"))
    assert error.details == ("no credentials",)


async def test_nothing_that_the_program_said_is_shown_twice(discovered: Discovery, tmp_path: Path) -> None:
    found = declaring(tmp_path, "import sys; print('out'); sys.exit('no credentials')")
    error = await discovered.failure(found)
    assert (error.details, error.echoed) == (("no credentials",), True)
    found.main.write_text("import sys; print('log', file=sys.stderr); 1 / 0")
    assert not (await discovered.failure(found)).echoed, "the traceback is in the error alone"
    wrote = [event.text for event in discovered.events if isinstance(event, ProgramWrote)]
    assert sorted(wrote) == ["log\n", "no credentials\n", "out\n"]


async def test_an_endless_program_is_stopped(discovered: Discovery, tmp_path: Path) -> None:
    error = await discovered.failure(
        declaring(tmp_path, "print('so far', flush=True)\nwhile True: pass"), 1.5
    )
    assert "main.py did not finish within 1.5 s" in error.message
    assert error.details == ("so far",)


async def test_a_child_that_the_program_forks_declares_nothing(discovered: Discovery, tmp_path: Path) -> None:
    program = (
        "import os\nfrom stigmer import Agent\nAgent('helper', 'Help whoever asks.')\n"
        "if os.fork() == 0:\n    Agent('ghost', 'Help nobody at all.')\nelse:\n    os.wait()\n"
    )
    manifest, _ = await discovered(declaring(tmp_path, program))
    assert [each.slug for each in manifest.resources] == ["helper"]


async def test_what_was_removed_from_the_code_is_gone(discovered: Discovery, tmp_path: Path) -> None:
    found = declaring(tmp_path, AGENT + 'Agent("second", "Help whoever asks.")\n')
    assert len((await discovered(found))[0].resources) == 2
    found.main.write_text(AGENT)
    assert len((await discovered(found))[0].resources) == 1


async def test_twenty_edits_of_the_same_size_within_a_second_are_all_seen(
    discovered: Discovery, tmp_path: Path
) -> None:
    parts = tmp_path / "parts.py"
    found = declaring(tmp_path, "from stigmer import Agent\nfrom parts import TEXT\nAgent('helper', TEXT)\n")
    stamp = None
    for at in range(10, 30):
        parts.write_text(f"TEXT = 'Help number {at}.'\n")
        stamp = stamp or parts.stat().st_mtime_ns
        os.utime(parts, ns=(stamp, stamp))
        if at == 10:
            # Somebody's plain `python main.py` leaves bytecode that fits all the edits to come.
            py_compile.compile(str(parts), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
        manifest, _ = await discovered(found)
        assert manifest.resources[0].message.spec.instructions == f"Help number {at}."  # type: ignore[union-attr]


async def test_a_hostile_directory_changes_nothing_before_the_program_runs(
    discovered: Discovery, tmp_path: Path
) -> None:
    for name in ("stigmer", "json", "stigmer_api", "grpc", "sitecustomize", "google"):
        (tmp_path / f"{name}.py").write_text(
            "open('/proc/self/comm', 'w').write('hostile'); raise SystemExit(9)"
        )
    path = list(sys.path)
    manifest, _ = await discovered(declaring(tmp_path, AGENT))
    assert manifest.resources[0].slug == "helper"
    assert sys.path == path


async def test_a_missing_program(discovered: Discovery, tmp_path: Path) -> None:
    found = declaring(tmp_path, "")
    found.main.unlink()
    error = await discovered.failure(found)
    assert str(found.main) in error.message
    assert "Stigmer.yaml" in error.hint


async def test_a_python_without_the_sdk_says_how_to_install_it(discovered: Discovery, tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True, with_pip=False)
    error = await discovered.failure(declaring(tmp_path, AGENT))
    python = tmp_path / ".venv/bin/python"
    assert error.message == f"{python} cannot import stigmer"
    assert f"{python} -m pip install stigmer-devloop" in error.hint
    assert not [event for event in discovered.events if isinstance(event, ProgramWrote)]


async def test_a_python_that_does_not_exist(discovered: Discovery, tmp_path: Path) -> None:
    error = await discovered.failure(declaring(tmp_path, AGENT, more="python: no/such/python\n"))
    assert isinstance(error, UsageError)
    assert "no/such/python" in error.message
    assert "python" in error.hint


@PATIENT
@pytest.mark.usefixtures("go_cache")
async def test_go(tmp_path: Path) -> None:
    discovered = Discovery(fresh_child)
    found = declaring(tmp_path, go_program('helper(); println("built")'), runtime="go")
    (tmp_path / "helper.go").write_text("package main\nfunc helper() {}\n")
    (tmp_path / "go.mod").write_text("module demo\n\ngo 1.19\n")
    before = (tmp_path / "go.mod").read_text()
    manifest, events = await discovered(found, 100)
    assert [each.key for each in manifest.resources] == ["agent:gopher"]
    assert ProgramWrote(stream="stderr", text="built\n") in events
    assert (tmp_path / "go.mod").read_text() == before
    assert not (tmp_path / "go.sum").exists()

    found.main.write_text(go_program("undefinedFunction()"))
    error = await discovered.failure(found, 100)
    assert "does not build" in error.message
    assert any("undefined: undefinedFunction" in line for line in error.details)

    found.main.write_text(go_program('panic("oh no")'))
    error = await discovered.failure(found, 100)
    assert error.message == "main.go ended with exit status 2"
    assert any("oh no" in line for line in error.details)


@PATIENT
@pytest.mark.usefixtures("go_cache")
async def test_go_is_tidied_when_the_build_says_so(tmp_path: Path) -> None:
    discovered = Discovery(fresh_child)
    other = tmp_path / "other"
    other.mkdir()
    (other / "go.mod").write_text("module example.com/other\n\ngo 1.19\n")
    (other / "other.go").write_text("package other\nfunc Nothing() {}\n")
    program = go_program("other.Nothing()", imports='"example.com/other"')
    found = declaring(tmp_path / "app", program, runtime="go")
    (tmp_path / "app/go.mod").write_text("module demo\n\ngo 1.19\n\nreplace example.com/other => ../other\n")
    manifest, _ = await discovered(found, 100)
    assert manifest.resources[0].slug == "gopher"
    assert "require example.com/other" in (tmp_path / "app/go.mod").read_text()


async def test_no_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = await Discovery(fresh_child).failure(declaring(tmp_path, "package main", runtime="go"))
    assert "no `go` command" in error.message
    assert "https://go.dev" in error.hint


def test_nothing_of_grpc_is_imported_by_the_events() -> None:
    program = "import sys, runcmd.events, runcmd.project, runcmd.request; print('grpc' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"
