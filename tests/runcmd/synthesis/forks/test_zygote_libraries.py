"""Libraries are loaded ahead, as long as no program can tell."""

from __future__ import annotations

import os
import sys

import pytest

from runcmd.errors import ProjectError
from runcmd.events import Event, ProgramWrote
from runcmd.project import Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import Zygote
from tests.runcmd.synthesis.forks.zygotes import (
    REPLY,
    Count,
    Library,
    discovered,
    preloaded,
    said,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")


async def test_a_library_is_loaded_ahead_and_the_project_never(
    agent_project: Project, zygote: Zygote, library: Library, forks: Count
) -> None:
    library.install("slow", "import time, os\nVALUE = os.getpid()\n")
    (agent_project.directory / "own.py").write_text("import os\nVALUE = os.getpid()\n")
    agent_project.main.write_text(
        "import os, slow, own\nfrom stigmer import Agent\n"
        "Agent('helper', f'own {own.VALUE == os.getpid()}, slow {slow.VALUE == os.getpid()}')\n"
    )
    assert await said(agent_project, zygote) == "own True, slow True"
    await preloaded(zygote, "slow")
    assert await said(agent_project, zygote) == "own True, slow False"
    assert forks() == 2
    assert "own" not in zygote._imported


async def test_a_library_that_was_changed_is_loaded_anew(
    agent_project: Project, zygote: Zygote, library: Library, forks: Count
) -> None:
    library.install("library", "VALUE = 'old'\n")
    agent_project.main.write_text(REPLY.format(module="library"))
    assert await said(agent_project, zygote) == "It says: old"
    await preloaded(zygote, "library")
    file = library.install("library", "VALUE = 'changed'\n")
    assert await said(agent_project, zygote) == "It says: changed"
    os.replace(library.install("other", "VALUE = 'replaced'\n"), file)  # noqa: PTH105
    assert await said(agent_project, zygote) == "It says: replaced"
    file.unlink()
    with pytest.raises(ProjectError, match="No module named 'library'"):
        await discovered(agent_project, zygote)
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
    library_text: str, reason: str, agent_project: Project, zygote: Zygote, library: Library, forks: Count
) -> None:
    library.install("harmless", "VALUE = 1\n")
    library.install("special", f"{library_text}\nVALUE = 'special'\n")
    agent_project.main.write_text("import harmless\n" + REPLY.format(module="special"))
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    fresh = await discover(agent_project, emit)
    before = [event for event in events if isinstance(event, ProgramWrote)]
    events.clear()
    assert await discover(agent_project, emit, synthesizer=zygote) == fresh
    await preloaded(zygote, "harmless")
    assert zygote._blocked == {"special"}, reason
    events.clear()
    assert await discover(agent_project, emit, synthesizer=zygote) == fresh
    assert [event for event in events if isinstance(event, ProgramWrote)] == before
    assert forks() == 2


async def test_a_module_of_the_project_hides_one_that_was_loaded_ahead(
    agent_project: Project, zygote: Zygote, library: Library
) -> None:
    library.install("thing", "VALUE = 'the library'\n")
    agent_project.main.write_text(REPLY.format(module="thing"))
    assert await said(agent_project, zygote) == "It says: the library"
    await preloaded(zygote, "thing")
    assert await said(agent_project, zygote) == "It says: the library"
    own = agent_project.directory / "thing.py"
    own.write_text("VALUE = 'mine'\n")
    assert await said(agent_project, zygote) == "It says: mine"
    own.unlink()
    assert await said(agent_project, zygote) == "It says: the library"


async def test_a_module_called_like_one_that_only_the_zygote_needs(
    agent_project: Project, zygote: Zygote, forks: Count
) -> None:
    (agent_project.directory / "select.py").write_text("VALUE = 'mine'\n")
    agent_project.main.write_text(REPLY.format(module="select"))
    assert await said(agent_project, zygote) == "It says: mine"
    assert forks() == 1


async def test_a_directory_that_the_program_puts_before_the_libraries(
    agent_project: Project, zygote: Zygote, library: Library
) -> None:
    library.install("thing", "VALUE = 'the library'\n")
    program = REPLY.format(module="thing")
    agent_project.main.write_text(program)
    await said(agent_project, zygote)
    await preloaded(zygote, "thing")
    vendored = agent_project.directory / "vendored"
    vendored.mkdir()
    (vendored / "thing.py").write_text("VALUE = 'vendored'\n")
    agent_project.main.write_text("import sys; sys.path.insert(0, 'vendored')\n" + program)
    assert await said(agent_project, zygote) == "It says: vendored"


async def test_a_variable_that_the_program_sets_before_it_imports(
    agent_project: Project, zygote: Zygote, library: Library
) -> None:
    library.install("settings", "import os\nVALUE = os.environ.get('COLOUR', 'grey')\n")
    library.install("settings2", "import os\nVALUE = dict(os.environ)\n")
    program = "import settings2\n" + REPLY.format(module="settings")
    agent_project.main.write_text(program)
    assert await said(agent_project, zygote) == "It says: grey"
    await preloaded(zygote, "settings")
    agent_project.main.write_text("import os; os.environ['UNRELATED'] = '1'\n" + program)
    assert await said(agent_project, zygote) == "It says: grey"
    agent_project.main.write_text("import os; os.environ['COLOUR'] = 'red'\n" + program)
    assert await said(agent_project, zygote) == "It says: red"
