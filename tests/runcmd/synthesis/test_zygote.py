"""The zygote: as a fresh child in all that can be seen, never stale, and nothing of it is left."""

from __future__ import annotations

import logging
import os
import signal
import sys
import textwrap
import venv
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from runcmd.errors import ProjectError
from runcmd.events import Event, ProgramWrote
from runcmd.project import Project, ProjectRuntime, load
from runcmd.synthesis.child import KEPT_BYTES
from runcmd.synthesis.discover import discover
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Finished, Synthesizer
from runcmd.synthesis.manifest import Manifest
from runcmd.synthesis.zygote import Zygote, open_zygote
from tests.support.paths import PYTHONPATH, ROOT, SAMPLE_PROJECT
from tests.support.poll import until
from tests.support.processes import alive
from tests.support.project import load_project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")

AGENT = "from stigmer import Agent\nAgent('helper', 'Help whoever asks.')\n"
REPLY = """
import os
from stigmer import Agent
import {module} as found
Agent("helper", f"It says: {{found.VALUE}}")
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path / "project", AGENT)


@pytest.fixture
async def zygote(project: Project) -> AsyncIterator[Zygote]:
    async with open_zygote(project) as zygote:
        yield zygote


Count = Callable[[], int]


@pytest.fixture
def forks(caplog: pytest.LogCaptureFixture) -> Count:
    """How many syntheses needed no fresh child, in this test."""
    caplog.set_level(logging.DEBUG, "runcmd.synthesis.zygote")
    return lambda: sum(record.message == "ran in a fork" for record in caplog.records)


class Library:
    """An environment with packages of our making in it."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        path = os.pathsep.join(filter(None, [str(directory), os.environ.get("PYTHONPATH")]))
        monkeypatch.setenv("PYTHONPATH", path)

    def install(self, name: str, text: str) -> Path:
        file = self.directory / f"{name}.py"
        file.write_text(textwrap.dedent(text))
        return file


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    return Library(tmp_path / "env/site-packages", monkeypatch)


async def discovered(project: Project, zygote: Zygote, deadline: float = 30) -> Manifest:
    async def ignore(event: Event) -> None: ...

    return await discover(project, ignore, deadline=deadline, synthesizer=zygote)


async def said(project: Project, zygote: Zygote) -> str:
    """The instructions of the one agent."""
    manifest = await discovered(project, zygote)
    return manifest.resources[0].message.spec.instructions  # type: ignore[union-attr]


async def preloaded(zygote: Zygote, module: str) -> None:
    """Until the next synthesis would have it."""
    await until(lambda: module in {name for name, _ in getattr(zygote._next, "preloaded", ())})


def processes(parent: int | None = None) -> dict[int, list[str]]:
    """The living children, ours by default, by number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            stat = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(stat[1]) == (parent or os.getpid()) and stat[0] != "Z":
            found[int(path.name)] = command
    return found


def number_of(zygote: Zygote) -> int:
    assert zygote._warm is not None
    return zygote._warm._process.pid


async def test_the_sample_project_is_the_same_in_a_fork(zygote: Zygote, forks: Count) -> None:
    sample = load(SAMPLE_PROJECT / "Stigmer.yaml")

    async def ignore(event: Event) -> None: ...

    fresh = await discover(sample, ignore)
    assert await discovered(sample, zygote) == fresh
    await preloaded(zygote, "csv")
    assert await discovered(sample, zygote) == fresh
    assert forks() == 2


async def test_each_synthesis_is_a_process_of_its_own(
    project: Project, zygote: Zygote, caplog: pytest.LogCaptureFixture, forks: Count
) -> None:
    caplog.set_level(logging.DEBUG, "runcmd.synthesis.zygote")
    project.main.write_text(
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

        await discover(project, emit, synthesizer=synthesizer)
        results.append([event.text for event in events if isinstance(event, ProgramWrote)])
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
    program: str, project: Project, zygote: Zygote, tmp_path: Path
) -> None:
    project.main.write_text(AGENT + program)
    results = []
    synthesizers: tuple[Synthesizer, ...] = (fresh_child, zygote)
    for number, synthesizer in enumerate(synthesizers):
        out = tmp_path / f"out-{number}"
        out.mkdir()
        finished = await synthesizer(project, out, 30)
        files = {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith(".")}
        written = project.directory / "written.txt"
        results.append((normal(finished), files, written.exists() and written.read_text()))
        written.unlink(missing_ok=True)
    assert results[0] == results[1]


def normal(finished: Finished) -> Finished:
    """Without what differs between two runs of the same."""
    lines = [line for line in finished.stderr.splitlines() if " at 0x" not in line and "Thread-" not in line]
    return replace(finished, stderr="\n".join(lines))


async def test_edits_within_a_second_and_poisoned_bytecode(
    project: Project, zygote: Zygote, forks: Count
) -> None:
    import py_compile

    parts = project.directory / "parts.py"
    project.main.write_text("from stigmer import Agent\nfrom parts import TEXT\nAgent('helper', TEXT)\n")
    stamp = None
    for at in range(10, 30):
        parts.write_text(f"TEXT = 'Help number {at}.'\n")
        stamp = stamp or parts.stat().st_mtime_ns
        os.utime(parts, ns=(stamp, stamp))
        if at == 10:
            py_compile.compile(str(parts), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
        assert await said(project, zygote) == f"Help number {at}."
    assert forks() == 20
    assert not any("parts" in name or "main" in name for name in zygote._imported)


async def test_a_library_is_loaded_ahead_and_the_project_never(
    project: Project, zygote: Zygote, library: Library, forks: Count
) -> None:
    library.install("slow", "import time, os\nVALUE = os.getpid()\n")
    (project.directory / "own.py").write_text("import os\nVALUE = os.getpid()\n")
    project.main.write_text(
        "import os, slow, own\nfrom stigmer import Agent\n"
        "Agent('helper', f'own {own.VALUE == os.getpid()}, slow {slow.VALUE == os.getpid()}')\n"
    )
    assert await said(project, zygote) == "own True, slow True"
    await preloaded(zygote, "slow")
    assert await said(project, zygote) == "own True, slow False"
    assert forks() == 2
    assert "own" not in zygote._imported


async def test_a_library_that_was_changed_is_loaded_anew(
    project: Project, zygote: Zygote, library: Library, forks: Count
) -> None:
    library.install("library", "VALUE = 'old'\n")
    project.main.write_text(REPLY.format(module="library"))
    assert await said(project, zygote) == "It says: old"
    await preloaded(zygote, "library")
    file = library.install("library", "VALUE = 'changed'\n")
    assert await said(project, zygote) == "It says: changed"
    os.replace(library.install("other", "VALUE = 'replaced'\n"), file)  # noqa: PTH105
    assert await said(project, zygote) == "It says: replaced"
    file.unlink()
    with pytest.raises(ProjectError, match="No module named 'library'"):
        await discovered(project, zygote)
    assert forks() == 4


@pytest.mark.parametrize(
    ("library_text", "reason"),
    [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
            "thread",
        ),
        ("import os\nif os.fork() == 0: os._exit(0)", "process"),
        ("print('hello')", "prints"),
        ("import sys; sys.stderr.write('careful\\n')", "prints"),
        ("file = open('/dev/null')", "file"),
        ("import os; ON = os.path.exists('here') or open(os.path.abspath('main.py')).close()", "project"),
        ("import __main__; __main__.__file__", "fails"),
    ],
)
async def test_a_library_that_a_fork_would_notice_is_not_loaded_ahead(
    library_text: str, reason: str, project: Project, zygote: Zygote, library: Library, forks: Count
) -> None:
    library.install("harmless", "VALUE = 1\n")
    library.install("special", f"{library_text}\nVALUE = 'special'\n")
    project.main.write_text("import harmless\n" + REPLY.format(module="special"))
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    fresh = await discover(project, emit)
    before = [event for event in events if isinstance(event, ProgramWrote)]
    events.clear()
    assert await discover(project, emit, synthesizer=zygote) == fresh
    await preloaded(zygote, "harmless")
    assert zygote._blocked == {"special"}, reason
    events.clear()
    assert await discover(project, emit, synthesizer=zygote) == fresh
    assert [event for event in events if isinstance(event, ProgramWrote)] == before
    assert forks() == 2


async def test_a_module_of_the_project_hides_one_that_was_loaded_ahead(
    project: Project, zygote: Zygote, library: Library
) -> None:
    library.install("thing", "VALUE = 'the library'\n")
    project.main.write_text(REPLY.format(module="thing"))
    assert await said(project, zygote) == "It says: the library"
    await preloaded(zygote, "thing")
    assert await said(project, zygote) == "It says: the library"
    own = project.directory / "thing.py"
    own.write_text("VALUE = 'mine'\n")
    assert await said(project, zygote) == "It says: mine"
    own.unlink()
    assert await said(project, zygote) == "It says: the library"


async def test_a_module_called_like_one_that_only_the_zygote_needs(
    project: Project, zygote: Zygote, forks: Count
) -> None:
    (project.directory / "select.py").write_text("VALUE = 'mine'\n")
    project.main.write_text(REPLY.format(module="select"))
    assert await said(project, zygote) == "It says: mine"
    assert forks() == 1


async def test_a_directory_that_the_program_puts_before_the_libraries(
    project: Project, zygote: Zygote, library: Library
) -> None:
    library.install("thing", "VALUE = 'the library'\n")
    program = REPLY.format(module="thing")
    project.main.write_text(program)
    await said(project, zygote)
    await preloaded(zygote, "thing")
    vendored = project.directory / "vendored"
    vendored.mkdir()
    (vendored / "thing.py").write_text("VALUE = 'vendored'\n")
    project.main.write_text("import sys; sys.path.insert(0, 'vendored')\n" + program)
    assert await said(project, zygote) == "It says: vendored"


async def test_a_variable_that_the_program_sets_before_it_imports(
    project: Project, zygote: Zygote, library: Library
) -> None:
    library.install("settings", "import os\nVALUE = os.environ.get('COLOUR', 'grey')\n")
    library.install("settings2", "import os\nVALUE = dict(os.environ)\n")
    program = "import settings2\n" + REPLY.format(module="settings")
    project.main.write_text(program)
    assert await said(project, zygote) == "It says: grey"
    await preloaded(zygote, "settings")
    project.main.write_text("import os; os.environ['UNRELATED'] = '1'\n" + program)
    assert await said(project, zygote) == "It says: grey"
    project.main.write_text("import os; os.environ['COLOUR'] = 'red'\n" + program)
    assert await said(project, zygote) == "It says: red"


async def test_the_environment_is_that_of_the_moment(
    project: Project, zygote: Zygote, monkeypatch: pytest.MonkeyPatch, forks: Count
) -> None:
    project.main.write_text(
        "import os\nfrom stigmer import Agent\nAgent('helper', f'It says: {os.getenv(\"COLOUR\")}')"
    )
    assert await said(project, zygote) == "It says: None"
    for colour in ("red", "blue"):
        monkeypatch.setenv("COLOUR", colour)
        assert await said(project, zygote) == f"It says: {colour}"
    monkeypatch.delenv("COLOUR")
    assert await said(project, zygote) == "It says: None"
    assert forks() == 4


async def test_another_interpreter(project: Project, zygote: Zygote, forks: Count) -> None:
    project.main.write_text(
        "import sys\nfrom stigmer import Agent\nAgent('helper', f'I am {sys.executable}')"
    )
    assert await said(project, zygote) == f"I am {sys.executable}"
    other = project.directory / "other-python"
    other.symlink_to(sys.executable)
    with pytest.raises(ProjectError):  # it has no SDK
        await discovered(replace(project, python=other), zygote)
    assert await said(project, zygote) == f"I am {sys.executable}"
    assert forks() == 2


@pytest.mark.parametrize("name", ["requirements.txt", "uv.lock", "pyproject.toml"])
async def test_another_lock_file(name: str, project: Project, zygote: Zygote, forks: Count) -> None:
    await discovered(project, zygote)
    before = number_of(zygote)
    await discovered(project, zygote)
    assert number_of(zygote) == before
    for text in ("one", "two"):
        (project.directory / name).write_text(text)
        await discovered(project, zygote)
        assert number_of(zygote) != before
        before = number_of(zygote)
    assert forks() == 4


async def test_another_sdk(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forks: Count
) -> None:
    import shutil

    copy = tmp_path / "sdk"
    shutil.copytree(ROOT / "stigmer", copy / "stigmer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "protos/stigmer_api", copy / "stigmer_api")
    monkeypatch.setenv("PYTHONPATH", str(copy))
    async with open_zygote(project) as zygote:
        await discovered(project, zygote)
        file = copy / "stigmer_api/version.py"
        file.write_text(file.read_text().replace('VERSION = "', 'VERSION = "9.9.', 1))
        manifest = await discovered(project, zygote)
    assert manifest.resources[0].message.metadata.annotations["stigmer.ai/sdk.version"].startswith("9.9.")
    assert forks() == 2


async def test_a_killed_zygote_is_replaced(project: Project, zygote: Zygote, forks: Count) -> None:
    for _ in range(3):
        await discovered(project, zygote)
        os.kill(number_of(zygote), signal.SIGKILL)
    await discovered(project, zygote)
    assert forks() == 4


async def test_a_killed_fork_that_waits_is_replaced(project: Project, zygote: Zygote, forks: Count) -> None:
    await discovered(project, zygote)
    for _ in range(3):
        waiting: list[int] = []

        def one_waits(found: list[int] = waiting) -> bool:
            # Asked once: a zygote that knows more modules may take over between two questions.
            found[:] = processes(number_of(zygote))
            return len(found) == 1

        await until(one_waits)
        with suppress(ProcessLookupError):  # its zygote was replaced, and it went, too
            os.kill(waiting[0], signal.SIGKILL)
        await until(lambda gone=waiting[0]: gone not in processes(number_of(zygote)))
        await discovered(project, zygote)
    assert forks() == 4


async def test_a_program_that_no_fork_survives_gets_fresh_children(
    project: Project, zygote: Zygote, forks: Count
) -> None:
    await discovered(project, zygote)
    # By its command line and not its number: a zygote that knows more modules may take over at any moment.
    project.main.write_text(
        AGENT + "import os, signal\n"
        "if b'stigmer._fork.zygote' in open(f'/proc/{os.getppid()}/cmdline', 'rb').read():\n"
        "    os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    for _ in range(3):
        await discovered(project, zygote)
    assert forks() == 1
    project.main.write_text(AGENT + "print('again')\n")
    await discovered(project, zygote)
    assert forks() == 1, "it has been given up"


async def test_a_zygote_that_is_killed_during_a_synthesis(
    project: Project, zygote: Zygote, forks: Count
) -> None:
    fifo = project.directory / "fifo"
    os.mkfifo(fifo)
    project.main.write_text(AGENT + "import os\nif os.path.exists('fifo'): open('fifo').read()\n")
    manifests = []

    async def synthesise() -> None:
        manifests.append(await discovered(project, zygote))

    async with anyio.create_task_group() as group:
        group.start_soon(synthesise)
        stream = await anyio.to_thread.run_sync(lambda: fifo.open("w"))  # the program is at work
        fifo.unlink()
        os.kill(number_of(zygote), signal.SIGKILL)
        with anyio.CancelScope(shield=True):
            await until(lambda: manifests)
        stream.close()
    assert manifests[0].resources[0].slug == "helper"
    assert forks() == 1


@pytest.mark.parametrize("number", ["SIGKILL", "SIGSTOP", "SIGTERM"])
async def test_a_program_that_signals_its_parent(
    number: str, project: Project, zygote: Zygote, forks: Count
) -> None:
    project.main.write_text(
        AGENT + f"import os, signal, time\nos.kill(os.getppid(), signal.{number})\ntime.sleep(60)"
    )
    deadline = 1 if number == "SIGSTOP" else 30
    with pytest.raises(ProjectError, match=r"did not finish|ended or stopped the process that started it"):
        await discovered(project, zygote, deadline)
    project.main.write_text(AGENT)
    assert (await discovered(project, zygote)).resources[0].slug == "helper"
    assert forks() >= 1


async def test_a_hundred_megabytes_are_drained_and_bounded(
    project: Project, zygote: Zygote, tmp_path: Path, forks: Count
) -> None:
    project.main.write_text(
        AGENT + "import os\nfor _ in range(100): os.write(1, b'x' * (1 << 20))\nos.write(1, b'the end')"
    )
    finished = await zygote(project, tmp_path, 60)
    assert finished.status == 0
    assert len(finished.stdout) < 2 * KEPT_BYTES + 100_000
    assert finished.stdout.endswith("the end")
    assert forks() == 1


async def test_an_endless_program_and_its_children_are_ended(
    project: Project, zygote: Zygote, forks: Count
) -> None:
    project.main.write_text(
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.fork()\n"
        "open(f'pid-{os.getpid()}', 'w').close()\nwhile True: time.sleep(1)"
    )
    with pytest.raises(ProjectError, match=r"main.py did not finish within 1 s"):
        await discovered(project, zygote, 1)
    pids = [int(path.name[4:]) for path in project.directory.glob("pid-*")]
    assert len(pids) == 2
    await until(lambda: not any(map(alive, pids)))
    project.main.write_text(AGENT)
    await discovered(project, zygote)
    assert forks() == 2


async def test_a_cancel_ends_the_program_and_not_the_zygote(project: Project, zygote: Zygote) -> None:
    await discovered(project, zygote)
    before = number_of(zygote)
    project.main.write_text("import os, time\nopen(f'pid-{os.getpid()}', 'w').close()\ntime.sleep(60)")
    async with anyio.create_task_group() as group:
        group.start_soon(discovered, project, zygote)
        await until(lambda: list(project.directory.glob("pid-*")))
        group.cancel_scope.cancel()
    (pid,) = (int(path.name[4:]) for path in project.directory.glob("pid-*"))
    await until(lambda: not alive(pid))
    project.main.write_text(AGENT)
    await discovered(project, zygote)
    assert number_of(zygote) == before


async def test_a_cancel_at_any_moment_leaves_a_zygote_that_works(project: Project, zygote: Zygote) -> None:
    for at in range(12):
        with anyio.move_on_after(at * 0.004):
            await discovered(project, zygote)
        if at % 4 == 3:
            assert (await discovered(project, zygote)).resources[0].slug == "helper"


async def test_two_at_once_take_turns(project: Project, zygote: Zygote, forks: Count) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(discovered, project, zygote)
    assert forks() == 4


async def test_nothing_is_left(project: Project, library: Library) -> None:
    library.install("slow", "VALUE = 1\n")
    project.main.write_text(REPLY.format(module="slow"))
    async with open_zygote(project) as zygote:
        await discovered(project, zygote)  # and now it learns
    processes_before = processes()
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        async with open_zygote(project) as zygote:
            await discovered(project, zygote)
        async with open_zygote(project):
            pass
        with pytest.raises(KeyError):
            async with open_zygote(project):
                raise KeyError
    assert processes() == processes_before
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208


async def test_the_zygote_ends_with_its_client(project: Project, tmp_path: Path) -> None:
    program = f"""
import anyio, os, pathlib
from runcmd.project import load
from runcmd.synthesis.discover import discover
from runcmd.synthesis.zygote import open_zygote

async def main():
    project = load(pathlib.Path({str(project.file)!r}))
    async with open_zygote(project) as zygote:
        async def ignore(event): pass
        await discover(project, ignore, synthesizer=zygote)
        print(zygote._warm._process.pid, flush=True)
        await discover(project, ignore, synthesizer=zygote)

anyio.run(main)
"""
    environment = {
        **os.environ,
        "PYTHONPATH": PYTHONPATH,
        "TMPDIR": str(tmp_path),
    }
    project.main.write_text(
        AGENT + "import os, time\n"
        "if os.path.exists('first'): open(f'pid-{os.getpid()}', 'w').close(); time.sleep(60)\n"
        "open('first', 'w').close()\n"
    )
    async with await anyio.open_process([sys.executable, "-c", program], env=environment) as client:
        assert client.stdout is not None
        number = int(await client.stdout.receive())
        await until(lambda: list(project.directory.glob("pid-*")))
        client.kill()
    (pid,) = (int(path.name[4:]) for path in project.directory.glob("pid-*"))
    await until(lambda: not alive(number) and not alive(pid))


async def test_without_an_sdk_it_is_the_fresh_child_that_says_so(project: Project, zygote: Zygote) -> None:
    venv.create(project.directory / ".venv", symlinks=True, with_pip=False)
    for _ in range(2):
        with pytest.raises(ProjectError, match="cannot import stigmer"):
            await discovered(project, zygote)


async def test_a_project_in_another_language_has_none(project: Project) -> None:
    async with open_zygote(replace(project, runtime=ProjectRuntime.GO)) as zygote:
        await anyio.wait_all_tasks_blocked()
        assert zygote._warm is None
        assert zygote._warm_for is None
