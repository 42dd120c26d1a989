"""A project's program is run once, fresh, and what it declared is written down; or why it could not be."""

from __future__ import annotations

import importlib.util
import os
import py_compile
from pathlib import Path

import pytest

from stigmer._program.loader import ProjectFiles
from stigmer_api.agent_options import options_of
from stigmer_api.agent_pb2 import Agent
from stigmer_api.workflow_pb2 import Workflow
from tests.stigmer.programs import Project
from tests.support.paths import SAMPLE_PROJECT

HELLO = """
    from stigmer import Workflow
    wf = Workflow("hello")
    wf.set("a", text="hello")
"""


def test_a_program_becomes_files(user: Project) -> None:
    assert list(user.synthesise(HELLO)) == ["dependencies.json", "inputs.json", "workflow-0.pb"]
    assert user.workflow.metadata.name == "hello"


def test_the_program_runs_as_it_would_by_hand(user: Project) -> None:
    user.write("helper.py", "NAME = 'helped'\n")
    user.synthesise("""
        import os, sys
        from dataclasses import dataclass
        from helper import NAME
        from stigmer import Workflow

        @dataclass
        class Kept:
            name: str

        assert __name__ == "__main__" and sys.modules["__main__"].Kept is Kept
        assert sys.argv == [__file__] and os.path.isabs(__file__)
        assert sys.path[0] == os.path.dirname(__file__) == os.getcwd()
        Workflow(NAME).set("a", n=1)
    """)
    assert user.workflow.metadata.name == "helped"


def test_the_same_program_gives_the_same_bytes(user: Project) -> None:
    found = []
    for seed in ("1", "2"):
        user.environment["PYTHONHASHSEED"] = seed
        found.append(
            Project(directory=SAMPLE_PROJECT, out=user.out, environment=user.environment).synthesise()
        )
    assert found[0] == found[1]


def test_an_edit_of_the_same_size_in_the_same_second_is_seen(user: Project) -> None:
    helper = user.write("helper.py", "NAME = 'first'\n")
    main = 'from helper import NAME\nfrom stigmer import Workflow\nWorkflow("w").set("a", text=NAME)\n'
    user.flags = ["-P"]  # even where Python may write bytecode
    user.environment["PYTHONDONTWRITEBYTECODE"] = ""
    user.synthesise(main)
    stat = helper.stat()
    helper.write_text("NAME = 'other'\n")
    os.utime(helper, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    user.synthesise()
    assert text_of(user.workflow) == "other"
    assert not list(user.directory.rglob("*.pyc"))


def test_bytecode_that_looks_right_is_not_believed(user: Project) -> None:
    helper = user.write("package/helper.py", "NAME = 'poison'\n")
    stat = helper.stat()
    cached = Path(importlib.util.cache_from_source(str(helper)))
    py_compile.compile(str(helper), cfile=str(cached), doraise=True)
    helper.write_text("NAME = 'honest'\n")
    os.utime(helper, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    main = (
        'from package.helper import NAME\nfrom stigmer import Workflow\nWorkflow("w").set("a", text=NAME)\n'
    )
    user.synthesise(main)
    assert text_of(user.workflow) == "honest"


def text_of(workflow: Workflow) -> str:
    return workflow.spec.tasks[0].task_config["variables"]["text"]


def test_files_that_the_program_read_are_listed(user: Project) -> None:
    for name in ("data/orders.csv", "prompts/host.md", "unread.txt", "package/inner.py"):
        user.write(name, "greet everybody warmly\n")
    user.write("package/inner.py", "import json\n")
    user.synthesise("""
        import os, pathlib, package.inner
        from stigmer import Agent
        open("data/orders.csv").close()
        pathlib.Path("data/missing.json").exists() or None
        try:
            open("data/not-there.json")
        except FileNotFoundError:
            pass
        open("written.txt", "w").close()
        os.listdir("prompts")
        Agent("host", pathlib.Path("prompts/host.md"))
    """)
    inputs = user.json("inputs.json")
    names = {os.path.relpath(file, user.directory) for file in inputs["files"]}
    assert names == {
        "main.py",
        "data/orders.csv",
        "data/not-there.json",
        "prompts/host.md",
        "package/inner.py",
    }
    assert str(user.directory / "prompts") in inputs["directories"]


@pytest.mark.parametrize(
    ("main", "kind", "line", "words"),
    [
        ("x = 1\nx.append(2)\n", "AttributeError", 2, "x.append(2)"),
        ("x = 1\nif x\n    pass\n", "SyntaxError", 2, "    if x\n        ^"),
        ("import nosuchmodule\n", "ModuleNotFoundError", 1, "import nosuchmodule"),
        ("from stigmer import Agent\n\nAgent('a', 'b')\n", "DeclarationError", 3, "Agent('a', 'b')"),
        ("def f():\n    f()\nf()\n", "RecursionError", 2, "Previous line repeated"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt", 1, "raise KeyboardInterrupt"),
        ("class Odd(Exception):\n    def __str__(self): 1 / 0\nraise Odd\n", "Odd", 3, "raise Odd"),
    ],
)
def test_a_failure_says_where(main: str, kind: str, line: int, words: str, user: Project) -> None:
    user.write("main.py", main)
    ended = user.start()
    error = user.json("error.json")
    assert (ended.returncode, error["type"], error["line"]) == (1, kind, line)
    assert error["file"] == str(user.directory / "main.py")
    assert words in error["traceback"]
    assert not {name for name in user.files if name.endswith(".pb")}


def test_the_traceback_begins_with_the_users_first_frame(user: Project) -> None:
    user.write("deep/inner.py", "def broken():\n    return 1 / 0\n")
    user.write("main.py", "from deep.inner import broken\nbroken()\n")
    user.start()
    error = user.json("error.json")
    lines = error["traceback"].splitlines()
    assert lines[1] == f'  File "{user.directory}/main.py", line 2, in <module>'
    assert (error["file"], error["line"]) == (str(user.directory / "deep/inner.py"), 2)
    assert "stigmer/" not in error["traceback"]
    assert "importlib" not in error["traceback"]


def test_the_traceback_of_a_failing_import_has_only_the_users_frames(user: Project) -> None:
    user.write("inner.py", "x = (\n")
    user.write(
        "main.py", "try:\n    import inner\nexcept SyntaxError as e:\n    raise ValueError('no') from e\n"
    )
    user.start()
    error = user.json("error.json")
    frames = [line for line in error["traceback"].splitlines() if line.startswith("  File")]
    assert all(str(user.directory) in frame for frame in frames)
    assert "direct cause" in error["traceback"]
    assert "'(' was never closed" in error["traceback"]


def test_a_mistake_is_shown_without_our_own_frames(user: Project) -> None:
    user.write("main.py", "from stigmer import Agent\nAgent('a', 'b')\n")
    user.start()
    assert "stigmer/agents.py" not in user.json("error.json")["traceback"]


def test_what_shows_only_at_the_end_has_its_line_as_well(user: Project) -> None:
    user.write("main.py", "from stigmer import *\nwf = Workflow('w')\nwf.set('a', x=1, then='b')\nprint()\n")
    user.start()
    error = user.json("error.json")
    assert (error["type"], error["line"]) == ("DeclarationError", 3)


@pytest.mark.parametrize(("leave", "status"), [("sys.exit(3)", 3), ("sys.exit('no')", 1), ("os._exit(4)", 4)])
def test_a_program_that_leaves_declares_nothing(leave: str, status: int, user: Project) -> None:
    user.write(
        "main.py", f"import os, sys\nfrom stigmer import Workflow\nWorkflow('w').set('a', n=1)\n{leave}\n"
    )
    assert user.start().returncode == status
    assert not {name for name in user.files if name.endswith(".pb")}


def test_leaving_with_success_is_success(user: Project) -> None:
    user.synthesise("import sys\nfrom stigmer import Workflow\nWorkflow('w').set('a', n=1)\nsys.exit(0)\n")
    assert user.workflow.metadata.name == "w"


def test_a_program_without_declarations_writes_nothing(user: Project) -> None:
    assert user.synthesise("print('hello')\n") == {}


def test_without_a_directory_to_write_to_nothing_is_written(user: Project) -> None:
    user.write("main.py", HELLO)
    ended = user.start(out=False)
    assert (ended.returncode, ended.stdout, ended.stderr, dict(user.files)) == (0, "", "", {})


@pytest.mark.parametrize("child", ["pass", "1 / 0", "Workflow('child').set('a', n=1)", "Workflow('empty')"])
def test_only_the_program_itself_writes_and_not_its_children(child: str, user: Project) -> None:
    user.write(
        "main.py",
        f"""
        import os
        from stigmer import Workflow
        Workflow("parent").set("a", n=1)
        number = os.fork()
        if number == 0:
            {child}
        else:
            os.waitpid(number, 0)
            assert os.listdir({str(user.out)!r}) == []
        """,
    )
    ended = user.start()
    assert ended.returncode == 0, ended.stderr
    assert list(user.files) == ["dependencies.json", "inputs.json", "workflow-0.pb"]
    assert user.workflow.metadata.name == "parent"


def test_a_projects_modules_may_be_called_like_ours_or_pythons(user: Project) -> None:
    for name in ("random", "traceback", "stigmer_api", "google"):
        user.write(f"{name}.py", "raise RuntimeError('imported')\n")
    user.synthesise(HELLO)


def test_what_belongs_to_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path / "env"))
    files = ProjectFiles(str(tmp_path))
    names = ("main.py", "env/lib/x.py", "a/dist-packages/x.py", "../x.py")
    assert [name for name in names if files.owns(str(tmp_path / name))] == ["main.py"]


def test_a_virtual_environment_in_the_project_is_no_source(user: Project) -> None:
    user.write(".venv/lib/site-packages/third.py", "VALUE = 1\n")
    user.synthesise(
        "import sys, os\nsys.path.append(os.path.abspath('.venv/lib/site-packages'))\nimport third\n"
        "from stigmer import Workflow\nWorkflow('w').set('a', n=third.VALUE)\n"
    )
    assert [Path(file).name for file in user.json("inputs.json")["files"]] == ["main.py"]


def test_the_program_gets_its_own_modules_whatever_their_names(user: Project) -> None:
    """Names of the standard library, of what the SDK needs, and a directory that is no package."""
    for name in ("token", "json", "difflib", "calendar", "queue", "traceback"):
        user.write(f"{name}.py", "MINE = True\n")
    user.write("google/mine.py", "MINE = True\n")
    user.write("email/text.txt", "")
    user.synthesise("""
        import token, json, difflib, calendar, queue, traceback, google.mine, email.message
        from stigmer import Agent, Workflow

        assert all(each.MINE for each in (token, json, difflib, calendar, queue, traceback, google.mine))
        flow = Workflow("flow")
        flow.set("say", text="${ 'it' }")
        flow.http_get("get", "https://example.com", params={"a": "b c"})
        Agent("helper", "Help whoever asks.")
    """)
    assert {"agent-0.pb", "workflow-0.pb"} <= user.files.keys()
    user.write("main.py", 'from stigmer import Agent\nAgent("helper", "Help whoever asks.", modle=1)\n')
    assert user.start().returncode == 1
    assert "did you mean" in user.text("error.json")


BESIDE = """
    import os, pathlib, sys, tempfile
    sys.path.insert(0, os.path.abspath("../lib"))
    import flat
    from package.inner import NAME
    from stigmer import Agent
    for name in ("../words.txt", "../words.txt", "../not-there.txt", "../no/directory.txt", "/etc/hostname"):
        try:
            open(name).close()
        except FileNotFoundError:
            pass
    os.listdir("../prompts")
    pathlib.Path("../cache.json").write_text("{}")
    pathlib.Path("../cache.json").read_text()
    with tempfile.NamedTemporaryFile("w+") as file:
        open(file.name).close()
    Agent("host", f"greet {flat.NAME} and {NAME}")
"""


def beside(user: Project) -> None:
    for name, text in {
        "../lib/flat.py": "NAME = 'first'\n",
        "../lib/package/__init__.py": "",
        "../lib/package/inner.py": "NAME = 'inner'\n",
        "../words.txt": "",
        "../prompts/a.md": "",
        "main.py": BESIDE,
    }.items():
        user.write(name, text)


def test_files_beside_the_project_are_listed_apart(user: Project) -> None:
    """Not the system's, not what is installed, not what the program writes itself."""
    beside(user)
    user.environment["HOME"] = str(user.directory / "elsewhere")
    user.synthesise()
    inputs = user.json("inputs.json")
    assert [os.path.relpath(file, user.directory) for file in inputs["files"]] == ["main.py"]
    assert [os.path.relpath(file, user.directory) for file in inputs["outside"]] == [
        "../lib/flat.py",
        "../lib/package/__init__.py",
        "../lib/package/inner.py",
        "../not-there.txt",
        "../words.txt",
    ]
    assert inputs["directories_outside"] == [str(user.directory.parent / "prompts")]


def test_settings_in_a_home_do_not_count(user: Project) -> None:
    user.environment["HOME"] = str(user.directory.parent)
    user.write("../.settings/token", "")
    user.write("../.lib/module.py", "")
    user.synthesise("""
        import sys
        sys.path.insert(0, "../.lib")
        import module
        from stigmer import Agent
        open("../.settings/token").close()
        Agent("host", "greet everybody")
    """)
    (counts,) = user.json("inputs.json")["outside"]
    assert counts.endswith("/.lib/module.py")


@pytest.mark.parametrize("finder", [False, True], ids=["by path", "by a finder of its own"])
def test_no_bytecode_of_a_library_beside_is_believed(finder: bool, user: Project) -> None:
    library = user.write("../lib/flat.py", "NAME = 'poison'\n")
    cached = Path(importlib.util.cache_from_source(str(library)))
    py_compile.compile(str(library), cfile=str(cached), doraise=True)
    stat = library.stat()
    library.write_text("NAME = 'honest'\n")
    os.utime(library, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    # As the finder of an editable installation does it.
    own = """
    from importlib.util import module_from_spec, spec_from_file_location
    spec = spec_from_file_location("flat", "../lib/flat.py")
    flat = module_from_spec(spec)
    spec.loader.exec_module(flat)
    """
    usual = """
    import sys
    sys.path.append("../lib")
    import flat
    """
    text = 'from stigmer import Workflow\n    Workflow("w").set("a", text=flat.NAME)\n'
    user.synthesise(f"{own if finder else usual}{text}")
    assert text_of(user.workflow) == "honest"


def test_types_of_functions_are_read_where_the_program_has_its_own_modules(user: Project) -> None:
    """Python has a `queue`, too, and the names in the annotations are those of the project's."""
    user.write(
        "queue.py",
        """
        from __future__ import annotations
        from dataclasses import dataclass
        from typing import Literal as OneOf

        @dataclass
        class Item:
            unit: OneOf["kg", "g"]
        """,
    )
    main = """
        from queue import Item
        from stigmer import Agent

        def weigh(item: Item) -> None: ...

        Agent("guide", "You know what things weigh.", tools=[weigh])
    """
    agent = Agent.FromString(user.synthesise(main)["agent-0.pb"])
    (weigh,) = options_of(agent.metadata.annotations)["functions"]
    unit = weigh["schema"]["properties"]["item"]["properties"]["unit"]
    assert unit == {"enum": ["kg", "g"], "type": "string"}
