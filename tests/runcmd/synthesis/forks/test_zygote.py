"""The zygote: as a fresh child in all that can be seen, never stale, and nothing of it is left."""

from __future__ import annotations

import logging
import os
import sys
import venv
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from runcmd.errors import ProjectError
from runcmd.events import Event, ProgramWrote
from runcmd.project import Project, ProjectRuntime, load
from runcmd.synthesis.child import KEPT_BYTES
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import Zygote, open_zygote
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Finished, Synthesizer
from tests.runcmd.synthesis.forks.zygotes import (
    AGENT,
    Count,
    discovered,
    number_of,
    preloaded,
    said,
)
from tests.support.paths import ROOT, SAMPLE_PROJECT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")


async def test_the_sample_project_is_the_same_in_a_fork(zygote: Zygote, forks: Count) -> None:
    sample = load(SAMPLE_PROJECT / "Stigmer.yaml")

    async def ignore(event: Event) -> None: ...

    fresh = await discover(sample, ignore)
    assert await discovered(sample, zygote) == fresh
    await preloaded(zygote, "csv")
    assert await discovered(sample, zygote) == fresh
    assert forks() == 2


async def test_each_synthesis_is_a_process_of_its_own(
    agent_project: Project, zygote: Zygote, caplog: pytest.LogCaptureFixture, forks: Count
) -> None:
    caplog.set_level(logging.DEBUG, "runcmd.synthesis.forks.zygote")
    agent_project.main.write_text(
        AGENT
        + "import os, sys\n"
        + "print(os.getpid() == os.getpgid(0) == os.getsid(0), sys.argv, sys.path, os.getcwd())\n"
        + "print(os.listdir('/proc/self/fd'), repr(sys.stdin.read()), sys.flags, __name__)\n"
        + "print(sys.stdout, sys.stdout.line_buffering, sys.stdout.seekable(), sys.stderr)\n"
        + "print({name: value for name, value in os.environ.items() if name != 'STIGMER_OUT_DIR'})\n"
        + "print(sorted(name for name in sys.modules if not name.startswith('stigmer.')))\n"
    )
    results = []
    for synthesizer in (fresh_child, zygote, zygote):
        events: list[Event] = []

        async def emit(event: Event, events: list[Event] = events) -> None:
            events.append(event)

        await discover(agent_project, emit, synthesizer=synthesizer)
        results.append("".join(event.text for event in events if isinstance(event, ProgramWrote)))
    assert results[0] == results[1] == results[2]
    assert forks() == 2, caplog.text  # why there was none


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(4)",
        "import os; os._exit(5)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import sys; print('before'); sys.exit('after')",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()",
        "import threading\nthreading.Thread(target=lambda: 1 / 0).start()",
        "import os\nif os.fork() == 0: raise ValueError('in a child')\nos.wait()",
        "import os\nif os.fork() == 0: print('child'); os._exit(0)\nos.wait()",
        "import atexit; atexit.register(print, 'at exit')",
        "import os; os.closerange(0, 256)",
        "import os; os.close(1); os.close(2)",
        "class Last:\n    def __del__(self): print('deleted')\nlast = Last()",
        "file = open('written.txt', 'w'); file.write('not closed')",
        "file = open('written.txt', 'w'); file.write('not closed')\ndef use(): return file",
        "from stigmer import activity\nfile = open('written.txt', 'w'); file.write('not closed')\n"
        "@activity\ndef act(value: str) -> str: return file.name",
        "import atexit; atexit.register(lambda: 1 / 0); atexit.register(print, 'before')",
        "import atexit, sys; atexit.register(lambda: sys.exit(7))",
        "import weakref\nclass Thing: pass\nthing = Thing(); weakref.finalize(thing, print, 'final')",
        "import gc; gc.disable()\nclass Loop:\n    def __del__(self): print('in a circle')\n"
        "loop = Loop(); loop.itself = loop",
        "class Last:\n    def __del__(self):\n        import json; print(json.dumps(1))\nlast = Last()",
        "_early = type('Early', (), {'__del__': lambda self: print('early')})()\n"
        "later = type('Later', (), {'__del__': lambda self: print('later')})()\n"
        "later.itself = later; _early.itself = _early",
        "import sys; sys.stdout.write('no end'); sys.stderr.write('nor here')",
        "import sys; sys.stdout = None",
        "import sys; sys.stdout.close()",
        "import sys\nclass Bad:\n    def flush(self): raise ValueError('no')\nsys.stdout = Bad()",
        "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1); print('too much')",
        "import ctypes; ctypes.CDLL(None).printf(b'from C')",
        "import logging; logging.basicConfig(); logging.warning('careful')",
        "import os; os.chdir('/'); os.environ.clear()",
        "import signal; print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD))",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1)'], check=True)",
        "import asyncio; asyncio.run(asyncio.sleep(0)); print('ran')",
        "import multiprocessing\nprint(multiprocessing.get_context('fork').Pool(1).map(len, ['abc']))",
        "def f(): f()\nf()",
        "input()",
        "raise BaseException('base')",
    ],
)
async def test_a_program_ends_as_in_a_fresh_child(
    program: str, agent_project: Project, zygote: Zygote, tmp_path: Path
) -> None:
    agent_project.main.write_text(AGENT + program)
    results = []
    synthesizers: tuple[Synthesizer, ...] = (fresh_child, zygote)
    for number, synthesizer in enumerate(synthesizers):
        out = tmp_path / f"out-{number}"
        out.mkdir()
        finished = await synthesizer(agent_project, out, 30)
        files = {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith(".")}
        written = agent_project.directory / "written.txt"
        results.append((normal(finished), files, written.exists() and written.read_text()))
        written.unlink(missing_ok=True)
    assert results[0] == results[1]


def normal(finished: Finished) -> Finished:
    """Without what differs between two runs of the same."""
    lines = [line for line in finished.stderr.splitlines() if " at 0x" not in line and "Thread-" not in line]
    return replace(finished, stderr="\n".join(lines))


async def test_edits_within_a_second_and_poisoned_bytecode(
    agent_project: Project, zygote: Zygote, forks: Count
) -> None:
    import py_compile

    parts = agent_project.directory / "parts.py"
    agent_project.main.write_text(
        "from stigmer import Agent\nfrom parts import TEXT\nAgent('helper', TEXT)\n"
    )
    stamp = None
    for at in range(10, 30):
        parts.write_text(f"TEXT = 'Help number {at}.'\n")
        stamp = stamp or parts.stat().st_mtime_ns
        os.utime(parts, ns=(stamp, stamp))
        if at == 10:
            py_compile.compile(str(parts), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
        assert await said(agent_project, zygote) == f"Help number {at}."
    assert forks() == 20
    assert not any("parts" in name or "main" in name for name in zygote._imported)


async def test_the_environment_is_that_of_the_moment(
    agent_project: Project, zygote: Zygote, monkeypatch: pytest.MonkeyPatch, forks: Count
) -> None:
    agent_project.main.write_text(
        "import os\nfrom stigmer import Agent\nAgent('helper', f'It says: {os.getenv(\"COLOUR\")}')"
    )
    assert await said(agent_project, zygote) == "It says: None"
    for colour in ("red", "blue"):
        monkeypatch.setenv("COLOUR", colour)
        assert await said(agent_project, zygote) == f"It says: {colour}"
    monkeypatch.delenv("COLOUR")
    assert await said(agent_project, zygote) == "It says: None"
    assert forks() == 4


async def test_another_interpreter(agent_project: Project, zygote: Zygote, forks: Count) -> None:
    agent_project.main.write_text(
        "import sys\nfrom stigmer import Agent\nAgent('helper', f'I am {sys.executable}')"
    )
    assert await said(agent_project, zygote) == f"I am {sys.executable}"
    other = agent_project.directory / "other-python"
    other.symlink_to(sys.executable)
    with pytest.raises(ProjectError):  # it has no SDK
        await discovered(replace(agent_project, python=other), zygote)
    assert await said(agent_project, zygote) == f"I am {sys.executable}"
    assert forks() == 2


@pytest.mark.parametrize("name", ["requirements.txt", "uv.lock", "pyproject.toml"])
async def test_another_lock_file(name: str, agent_project: Project, zygote: Zygote, forks: Count) -> None:
    await discovered(agent_project, zygote)
    before = number_of(zygote)
    await discovered(agent_project, zygote)
    assert number_of(zygote) == before
    for text in ("one", "two"):
        (agent_project.directory / name).write_text(text)
        await discovered(agent_project, zygote)
        assert number_of(zygote) != before
        before = number_of(zygote)
    assert forks() == 4


async def test_another_sdk(
    agent_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forks: Count
) -> None:
    import shutil

    copy = tmp_path / "sdk"
    shutil.copytree(ROOT / "stigmer", copy / "stigmer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "protos/stigmer_api", copy / "stigmer_api")
    monkeypatch.setenv("PYTHONPATH", str(copy))
    async with open_zygote(agent_project) as zygote:
        await discovered(agent_project, zygote)
        file = copy / "stigmer_api/version.py"
        file.write_text(file.read_text().replace('VERSION = "', 'VERSION = "9.9.', 1))
        manifest = await discovered(agent_project, zygote)
    assert manifest.resources[0].message.metadata.annotations["stigmer.ai/sdk.version"].startswith("9.9.")
    assert forks() == 2


async def test_a_hundred_megabytes_are_drained_and_bounded(
    agent_project: Project, zygote: Zygote, tmp_path: Path, forks: Count
) -> None:
    agent_project.main.write_text(
        AGENT + "import os\nfor _ in range(100): os.write(1, b'x' * (1 << 20))\nos.write(1, b'the end')"
    )
    finished = await zygote(agent_project, tmp_path, 60)
    assert finished.status == 0
    assert len(finished.stdout) < 2 * KEPT_BYTES + 100_000
    assert finished.stdout.endswith("the end")
    assert forks() == 1


async def test_two_at_once_take_turns(agent_project: Project, zygote: Zygote, forks: Count) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(discovered, agent_project, zygote)
    assert forks() == 4


async def test_without_an_sdk_it_is_the_fresh_child_that_says_so(
    agent_project: Project, zygote: Zygote
) -> None:
    venv.create(agent_project.directory / ".venv", symlinks=True, with_pip=False)
    for _ in range(2):
        with pytest.raises(ProjectError, match="cannot import stigmer"):
            await discovered(agent_project, zygote)


async def test_a_project_in_another_language_has_none(agent_project: Project) -> None:
    async with open_zygote(replace(agent_project, runtime=ProjectRuntime.GO)) as zygote:
        await anyio.wait_all_tasks_blocked()
        assert zygote._warm is None
        assert zygote._warm_for is None
