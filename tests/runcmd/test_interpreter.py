"""The interpreter of a project's program; one that is broken is never passed over."""

from __future__ import annotations

import os
import shutil
import sys
import venv
from pathlib import Path

import pytest

from runcmd.errors import UsageError
from runcmd.events import Event, Warned
from runcmd.interpreter import project_python
from runcmd.project import Project, load
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import open_zygote
from runcmd.synthesis.fresh import fresh_child
from tests.runcmd.synthesis.forks.zygotes import AGENT

LEAST = "name: demo\nruntime: python\n"


def project(directory: Path, more: str = "") -> Project:
    (directory / "Stigmer.yaml").write_text(LEAST + more)
    (directory / "main.py").write_text(AGENT)
    return load(directory / "Stigmer.yaml")


def interpreter(directory: Path) -> Path:
    python = directory / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return python


def test_which_python(tmp_path: Path) -> None:
    found = project(tmp_path)
    assert project_python(found, {}) == Path(sys.executable)
    environ = {"VIRTUAL_ENV": str(tmp_path / "active")}
    assert project_python(found, environ) == Path(sys.executable)  # it is not there
    active = interpreter(tmp_path / "active")
    assert project_python(found, environ) == active
    own = interpreter(tmp_path / ".venv")
    assert project_python(found, environ) == own
    named = project(tmp_path, "python: bin/py\n")
    assert project_python(named, environ) == tmp_path / "bin/py"


def dangling(place: Path) -> None:
    interpreter(place).unlink()
    (place / "bin/python").symlink_to("/opt/gone/python3.99/bin/python3")


def empty(place: Path) -> None:
    place.mkdir()
    (place / "pyvenv.cfg").write_text("home = /usr/bin\n")


def not_executable(place: Path) -> None:
    interpreter(place).unlink()
    (place / "bin/python").write_text("")


def linked(place: Path) -> None:
    place.symlink_to(place.parent / "environments that are gone")


def a_directory(place: Path) -> None:
    (place / "bin/python").mkdir(parents=True)


BROKEN = {
    dangling: "it is a link to /opt/gone/python3.99/bin/python3, which is not there",
    empty: "has lost its interpreter",
    not_executable: "it is not executable",
    linked: "environments that are gone, which is not there",
    a_directory: "it is a directory",
}


@pytest.mark.parametrize("where", [".venv", "active", "named"])
@pytest.mark.parametrize("breaks", BROKEN, ids=lambda breaks: breaks.__name__)
@pytest.mark.parametrize("warm", [False, True], ids=["fresh child", "zygote"])
async def test_a_broken_environment_is_an_error(
    warm: bool, breaks: object, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = project(tmp_path, "python: named/bin/python\n" if where == "named" else "")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active") if where == "active" else "")
    breaks(tmp_path / where)  # type: ignore[operator]
    async with open_zygote(found if warm else None) as zygote:
        with pytest.raises(UsageError) as caught:
            await discover(found, unheard, synthesizer=zygote if warm else fresh_child)
    assert str(tmp_path / where / "bin/python") in caught.value.message
    assert BROKEN[breaks] in caught.value.message  # type: ignore[index]
    remedy = "set `python`" if where == "named" else f"venv --clear {tmp_path / where}"
    assert remedy in caught.value.hint


async def test_an_environment_whose_python_was_removed(tmp_path: Path) -> None:
    """With a copy of the interpreter, which starts and finds nothing."""
    found = project(tmp_path)
    venv.create(tmp_path / ".venv", symlinks=True)
    python = tmp_path / ".venv/bin/python"
    python.unlink()
    shutil.copy(os.path.realpath(sys.executable), python)
    (tmp_path / ".venv/pyvenv.cfg").write_text("home = /opt/gone/python3.99/bin\n")
    with pytest.raises(UsageError, match=r"/opt/gone/python3\.99/bin, which is gone"):
        await discover(found, unheard)


async def test_an_active_environment_that_is_gone_is_left_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/opt/gone")
    events: list[Event] = []

    async def hear(event: Event) -> None:
        events.append(event)

    manifest = await discover(project(tmp_path), hear)
    assert [each.key for each in manifest.resources] == ["agent:helper"]
    (warned,) = [event for event in events if isinstance(event, Warned)]
    assert "/opt/gone" in warned.text and sys.executable in warned.text
    events.clear()
    interpreter(tmp_path / ".venv")  # it would not have been used anyway
    (tmp_path / "main.py").write_text("1/0\n")
    with pytest.raises(Exception, match=r"stigmer|ZeroDivisionError"):
        await discover(project(tmp_path), hear)
    assert not [event for event in events if isinstance(event, Warned)]


async def unheard(event: Event) -> None:
    pass
