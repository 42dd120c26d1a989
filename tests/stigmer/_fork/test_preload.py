"""Modules that are loaded ahead, and what keeps them from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

PROGRAM = """
import sys, os, json
loaded = set(sys.modules)
from stigmer._program.loader import ProjectFiles
from stigmer._fork.preload import Preloaded, NotForkableError
directory, wanted, steps = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
echo, output = os.pipe()
os.dup2(output, 1)
os.dup2(output, 2)
os.close(output)
answers = os.dup(0)
os.dup2(answers, 0)
os.close(answers)
preloaded = Preloaded(loaded, directory + "/main.py", ProjectFiles(directory), echo)
answer = {}
try:
    preloaded.load(wanted)
    environment, packages = dict(os.environ), preloaded.packages()
    exec(steps)
except NotForkableError as error:
    answer |= {"not_forkable": str(error), "names": error.names}
answer |= {"stale": preloaded.stale(), "modules": [name for name, _ in preloaded.modules()]}
open(directory + "/answer", "w").write(json.dumps(answer))
"""


WRITTEN_ANEW = """
def written_anew(file):
    before = os.stat(file)
    open(file, "r+").write("X = 2")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
"""


class PreloadedEnvironment:
    """A project and an environment."""

    def __init__(self, directory: Path) -> None:
        self.project = directory / "project"
        self.packages = directory / "env/lib/site-packages"
        self.editable = directory / "editable"
        for path in (self.project, self.packages, self.editable):
            path.mkdir(parents=True)

    def load(self, *names: str, steps: str = "") -> dict[str, Any]:
        """In a process of its own. `steps` are taken there, after the loading."""
        wanted = [(name, str(self.packages / f"{name}.py")) for name in names]
        path = [ROOT, ROOT / "protos", self.packages, self.editable, self.project]
        subprocess.run(
            [sys.executable, "-P", "-B", "-c", PROGRAM, str(self.project), json.dumps(wanted), steps],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=30,
        )
        answer: dict[str, Any] = json.loads((self.project / "answer").read_text())
        return answer


@pytest.fixture
def world(tmp_path: Path) -> PreloadedEnvironment:
    return PreloadedEnvironment(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import _thread, time\n_thread.start_new_thread(time.sleep, (60,))", "starts a thread"),
        ("import subprocess\nkept = subprocess.Popen(['true'])", "starts a process"),
        ("kept = open('/dev/null')", "leaves a file open"),
        ("print('hello')", "prints"),
        ("import warnings; warnings.warn('old', UserWarning)", "prints"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
        ("import sys; open(sys.argv[1] + '/data.txt')", "reads files of the user's"),
        ("import sys; open(sys.argv[1] + '/../beside.txt')", "reads files of the user's"),
        ("import os, sys; os.listdir(sys.argv[1])", "reads files of the user's"),
        ("import os, sys; os.listdir(sys.argv[1] + '/../editable')", "reads files of the user's"),
        ("import own", "imports own"),
        ("import sibling", "imports sibling"),
        ("import grpc", "imports grpc"),
    ],
)
def test_what_a_fork_would_notice_is_left_out(text: str, why: str, world: PreloadedEnvironment) -> None:
    (world.packages / "harmless.py").write_text("")
    (world.packages / "special.py").write_text(text)
    (world.packages / "grpc.py").write_text("")
    (world.project / "own.py").write_text("")
    (world.project / "data.txt").write_text("")
    (world.project.parent / "beside.txt").write_text("")
    (world.editable / "sibling.py").write_text("")
    answer = world.load("harmless", "special")
    assert why in answer["not_forkable"]
    assert answer["names"] == ["special"]


def test_only_what_is_installed_is_learned(world: PreloadedEnvironment) -> None:
    (world.packages / "library.py").write_text("import colorsys\n")
    (world.project / "own.py").write_text("")
    (world.editable / "sibling.py").write_text("")
    answer = world.load(steps="import library, own, sibling, stigmer")
    assert {"library", "colorsys"} <= set(answer["modules"])
    assert not {"own", "sibling", "stigmer", "__main__"} & set(answer["modules"])


@pytest.mark.parametrize(
    "module",
    [
        "object()",
        "None",
        "type('Odd', (), {'__slots__': (), '__class__': property(lambda self: type(sys))})()",
        "type('Lazy', (type(sys),), {'__getattribute__': lambda self, name: 1 / 0})('lazy')",
    ],
)
def test_what_is_no_real_module_is_passed_over(module: str, world: PreloadedEnvironment) -> None:
    answer = world.load(steps=f"sys.modules['odd'] = {module}; import colorsys")
    assert "colorsys" in answer["modules"]
    assert "odd" not in answer["modules"]


def test_another_file_than_the_one_that_was_learned(world: PreloadedEnvironment) -> None:
    file = world.packages / "library.py"
    file.write_text("")
    (world.packages / "library").mkdir()
    (world.packages / "library/__init__.py").write_text("")
    assert world.load("library")["not_forkable"] == f"library is not {file}"


@pytest.mark.parametrize(
    ("steps", "stale"),
    [
        ("", ""),
        ("os.utime(path + '/library.py', ns=(0, 0))", "library.py"),
        ("written_anew(path + '/library.py')", "library.py"),
        ("os.link(path + '/library.py', directory + '/another name')", ""),
        ("os.link(path + '/library.py', path + '/new.py')", "site-packages"),
        ("open(path + '/library.py', 'a').write('#')", "library.py"),
        ("os.remove(path + '/library.py')", "site-packages"),
        ("open(path + '/new.py', 'w').close()", "site-packages"),
        ("open(directory + '/new.py', 'w').close()", ""),
    ],
)
def test_a_change_of_what_was_loaded(steps: str, stale: str, world: PreloadedEnvironment) -> None:
    (world.packages / "library.py").write_text("X = 1")
    answer = world.load("library", steps=f"path = {str(world.packages)!r}\n{WRITTEN_ANEW}\n{steps}")
    assert Path(answer["stale"]).name == stale


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("library.py", ["library"]),
        ("library", ["library"]),
        ("library.abi3.so", ["library"]),
        ("helper.py", ["library"]),
        ("json.py", None),  # a fresh process has loaded that one too, before it looks into the project
        ("library.md", None),
        ("other.py", None),
    ],
)
def test_a_name_that_the_project_has_as_well(
    name: str, names: list[str] | None, world: PreloadedEnvironment
) -> None:
    (world.packages / "library.py").write_text("import helper\n")
    (world.packages / "helper.py").write_text("")
    create = f"open(directory + '/{name}', 'w').close()"
    answer = world.load("library", steps=f"{create}\npreloaded.check_shadows()")
    assert answer.get("names") == names


def test_a_name_that_a_directory_beside_the_project_has_as_well(world: PreloadedEnvironment) -> None:
    (world.packages / "library.py").write_text("")
    world.editable.joinpath("other.py").write_text("")
    create = f"open({str(world.editable)!r} + '/library.py', 'w').close()"
    assert world.load("library", steps="preloaded.check_shadows()").get("names") is None
    answer = world.load("library", steps=f"{create}\npreloaded.check_shadows()")
    assert answer["names"] == ["library"]


@pytest.mark.parametrize(
    ("text", "steps", "names"),
    [
        ("import os; os.getenv('COLOUR')", "os.environ['COLOUR'] = 'red'", ["library"]),
        ("import os; os.environ.get('COLOUR')", "os.environ['OTHER'] = 'red'", None),
        ("import os; 'COLOUR' in os.environ", "os.environ['COLOUR'] = 'red'", ["library"]),
        ("import os; os.environ.copy()", "os.environ['OTHER'] = 'red'", ["library"]),
        ("import os; os.environ.copy()", "", None),
        ("import os; os.environ['HOME']", "del os.environ['HOME']", ["library"]),
        ("", "os.environ['COLOUR'] = 'red'", None),
        ("", "sys.path.insert(0, directory + '/vendored')", ["library"]),
        ("", "sys.path.append(directory + '/empty')", None),
        ("", "sys.path.append('/no/such/directory')", None),
    ],
)
def test_what_the_program_changed_before_it_imported(
    text: str, steps: str, names: list[str] | None, world: PreloadedEnvironment
) -> None:
    (world.packages / "library.py").write_text(text)
    (world.project / "vendored/library").mkdir(parents=True)
    (world.project / "empty").mkdir()
    answer = world.load("library", steps=f"{steps}\npreloaded.check_end(packages, environment)")
    assert answer.get("names") == names
