"""Which files is a program made of?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from stigmer_api.program import known, search
from stigmer_api.program.files import Launch, program_files
from stigmer_api.program.mentions import Mentions
from stigmer_api.program.python import in_python

PY = sys.executable
# Beside every program, and never a part of it.
BESIDE = {"README.md": "# Words of `words.txt`", "main.py": "import tools", "other.py": "", "docs/a.md": ""}


def found(
    folder: Path,
    files: Mapping[str, str],
    command: str,
    *args: str,
    env: Mapping[str, str] | None = None,
    cwd: str = "",
) -> set[str]:
    """Their paths in the project."""
    for name, text in {**BESIDE, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    launch = Launch(command=command, args=args, env=env or {}, folder=folder / cwd, project=folder)
    return {str(path.relative_to(folder)) for path in program_files(launch).files}


PYTHON = {
    "imports, also late ones": (
        {
            "tools.py": "import json, helper\ndef call():\n    from pkg import late\n",
            "helper.py": "import third.deep as deep",
            "third/deep.py": "",
            "pkg/__init__.py": "",
            "pkg/late.py": "from . import near\nfrom .far.off import x\n",
            "pkg/near.py": "",
            "pkg/far/off.py": "",
            "pkg/unused.py": "",
        },
        {"helper.py", "third/deep.py", "pkg/__init__.py", "pkg/late.py", "pkg/near.py", "pkg/far/off.py"},
    ),
    "modules by a name in quotes": (
        {
            "tools.py": "from importlib import import_module\nimport_module('plug.one')\n__import__('two')",
            "plug/one.py": "",
            "plug/two.py": "",
            "two.py": "",
        },
        {"plug/one.py", "two.py"},
    ),
    "modules by a computed name: all beside it": (
        {
            "tools.py": "from importlib import import_module\nimport_module('plug.' + name)",
            "plug/one.py": "",
            "plug/data.txt": "",
        },
        {"plug/one.py", "main.py", "other.py"},
    ),
    "files that it reads": (
        {
            "tools.py": (
                "import os, json\nfrom pathlib import Path\nHERE = Path(__file__).parent\n"
                "open('words.txt'); (HERE / 'data' / 'one.json').read_text()\n"
                "open(os.path.join(os.path.dirname(__file__), 'more', 'two.csv'))\n"
                "Path(__file__).with_suffix('.toml')\n"
            ),
            "words.txt": "",
            "data/one.json": "",
            "more/two.csv": "",
            "tools.toml": "",
            "more.txt": "",
        },
        {"words.txt", "data/one.json", "more/two.csv", "tools.toml"},
    ),
    "files that match": (
        {
            "tools.py": "HERE = __file__\np = f'{HERE}/prompts/{name}.md'\nPath('sets').glob('*.yaml')\n",
            "prompts/a.md": "",
            "prompts/a.txt": "",
            "sets/a.yaml": "",
        },
        {"prompts/a.md", "sets/a.yaml"},
    ),
    "not what it writes, says or compares": (
        {
            "tools.py": (
                "'See README.md'\nopen('out.txt', 'w')\nPath('notes.md').write_text('x')\nx = d['docs']\n"
                "if kind == 'docs': pass\ny = {'docs': 1}\nm.get('docs')\nlog = 'server.log'\n"
            ),
            "out.txt": "",
            "notes.md": "",
            "server.log": "",
        },
        set(),
    ),
    "its own directory, if it lists it": (
        {"tools.py": "import os\nHERE = os.path.dirname(__file__)\nfor name in os.listdir(HERE): pass"},
        {"README.md", "main.py", "other.py"},
    ),
    "another program that it starts": (
        {"tools.py": "run([sys.executable, 'worker.py'])", "worker.py": "import part", "part.py": ""},
        {"worker.py", "part.py"},
    ),
    "a program that only another Python understands": (
        {
            "tools.py": "from helper import x\nimport more\ntype A = int\nx = (",
            "helper.py": "",
            "more.py": "",
        },
        {"helper.py", "more.py"},
    ),
}


@pytest.mark.parametrize("case", PYTHON)
def test_a_python_program(tmp_path: Path, case: str) -> None:
    files, expected = PYTHON[case]
    assert found(tmp_path, files, PY, "tools.py") == {"tools.py", *expected}


@pytest.mark.parametrize(
    ("command", "args", "more", "files", "expected"),
    [
        (
            PY,
            ["-m", "pkg.server"],
            {},
            {"pkg/server.py": "from .a import b", "pkg/a.py": ""},
            ["pkg/server.py", "pkg/a.py"],
        ),
        (
            PY,
            ["-m", "pkg"],
            {},
            {"src/pkg/__main__.py": "import pkg.a", "src/pkg/a.py": ""},
            ["src/pkg/__main__.py", "src/pkg/a.py"],
        ),
        (PY, ["-c", "import tools; tools.main()"], {}, {"tools.py": ""}, ["tools.py"]),
        (
            PY,
            ["server.py"],
            {"cwd": "srv"},
            {"srv/server.py": "import common", "srv/common.py": ""},
            ["srv/server.py", "srv/common.py"],
        ),
        (
            PY,
            ["server.py"],
            {"env": {"PYTHONPATH": "lib"}},
            {"server.py": "import a", "lib/a.py": ""},
            ["server.py", "lib/a.py"],
        ),
        (
            PY,
            ["server.py", "--words=cfg/w.txt"],
            {"env": {"MORE": "cfg/m.txt"}},
            {"server.py": "", "cfg/w.txt": "", "cfg/m.txt": "", "cfg/x.txt": ""},
            ["server.py", "cfg/w.txt", "cfg/m.txt"],
        ),
        (
            "uv",
            ["run", "serve"],
            {},
            {
                "pyproject.toml": 'project.readme = "README.md"\n[project.scripts]\nrun = "pkg.server:main"',
                "src/pkg/server.py": "",
            },
            ["pyproject.toml", "src/pkg/server.py"],
        ),
        (
            "node",
            ["server.js"],
            {},
            {
                "server.js": "require('./lib/helper'); read(join(__dirname, 'data', 'w.json'))",
                "lib/helper.js": "import '../up.js'",
                "up.ts": "",
                "data/w.json": "",
                "node_modules/x/index.js": "",
            },
            ["server.js", "lib/helper.js", "up.ts", "data/w.json"],
        ),
        (
            "npm",
            ["run", "serve"],
            {},
            {"package.json": '{"scripts": {"serve": "node dist/server.js"}}', "dist/server.js": ""},
            ["package.json", "dist/server.js"],
        ),
        (
            "./run.sh",
            [],
            {},
            {
                "run.sh": "#!/bin/sh\ncd srv && exec python3 tools.py",
                "srv/tools.py": "import a",
                "srv/a.py": "",
            },
            ["run.sh", "srv/tools.py", "srv/a.py"],
        ),
        (
            "sh",
            ["-c", '. "$HERE/lib.sh"; cat data/w.txt'],
            {},
            {"lib.sh": "", "data/w.txt": ""},
            ["lib.sh", "data/w.txt"],
        ),
        (
            "go",
            ["run", "./cmd/server"],
            {},
            {"cmd/server/main.go": "", "internal/x.go": "", "go.mod": ""},
            ["cmd/server/main.go", "internal/x.go", "go.mod"],
        ),
        ("npx", ["-y", "@acme/files", "./data"], {}, {"data/deep/a.md": ""}, ["data/deep/a.md"]),
        ("bin/server", [], {}, {"bin/server": "#! ELF"}, ["bin/server"]),
    ],
)
def test_a_command(
    tmp_path: Path,
    command: str,
    args: Sequence[str],
    more: dict[str, object],
    files: Mapping[str, str],
    expected: Sequence[str],
) -> None:
    assert found(tmp_path, files, command, *args, **more) == set(expected)  # type: ignore[arg-type]


def test_a_command_of_an_environment_names_a_module_of_the_project(tmp_path: Path) -> None:
    files = {
        ".venv/pyvenv.cfg": "",
        ".venv/bin/serve": "#!/usr/bin/python3\nfrom pkg.server import main\n",
        ".venv/lib/python3.11/site-packages/other.py": "",
        "src/pkg/server.py": "import other",
    }
    assert found(tmp_path, files, str(tmp_path / ".venv/bin/serve")) == {"src/pkg/server.py", "other.py"}


def test_a_library_that_is_installed_by_its_path(tmp_path: Path) -> None:
    library, project = tmp_path / "library", tmp_path / "project"
    (library / "words").mkdir(parents=True)
    (library / "words" / "__init__.py").write_text("")
    place = project / ".venv" / "lib" / "python3.11" / "site-packages"
    place.mkdir(parents=True)
    (place / "words.pth").write_text(f"{library}\n")
    (project / ".venv" / "pyvenv.cfg").write_text("")
    program = project / ".venv" / "bin" / "serve"
    program.parent.mkdir()
    program.write_text("#!/usr/bin/python3\nimport words\n")
    program.chmod(0o755)
    launch = Launch(command=str(program), args=[], folder=project, project=project)
    assert set(program_files(launch).files) == {library / "words" / "__init__.py"}


def test_what_a_program_writes_counts_only_where_it_matters_what_it_has_read(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(
        "NOTES = Path(__file__).with_name('notes.json')\nDATA = Path('data')\nclass Store:\n"
        "    def __init__(self): self.file = 'store.json'\n"
        "    def save(self):\n        with open(self.file, 'w') as file: file.write('{}')\n"
        "def save():\n    NOTES.write_text('{}'); (DATA / f'{key}.out').write_text('')\n"
        "    (DATA / 'one.csv').open('a')\n"
        "def load(): return NOTES.read_text(), (DATA / 'words.txt').read_text()\n"
    )
    (tmp_path / "data").mkdir()
    for name in ("notes.json", "store.json", "README.md", "data/a.out", "data/one.csv", "data/words.txt"):
        (tmp_path / name).write_text("")
    launch = Launch(command=PY, args=["tools.py"], folder=tmp_path, project=tmp_path)
    read = {str(each.relative_to(tmp_path)) for each in program_files(launch, written=False).files}
    assert read == {"tools.py", "data/words.txt"}
    every = {str(each.relative_to(tmp_path)) for each in program_files(launch).files}
    assert every >= {"tools.py", "notes.json", "store.json", "data/words.txt"}


def test_links_that_go_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "up").symlink_to(tmp_path)
    files = {"tools.py": "Path('data')", "data/a.txt": ""}
    assert {"tools.py", "data/a.txt"} <= found(tmp_path, files, PY, "tools.py")


def test_more_files_than_can_be_followed_are_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_FILES", 5)
    (tmp_path / "data").mkdir()
    for number in range(6):
        (tmp_path / "data" / f"{number}.txt").write_text("")
    launch = Launch(command="npx", args=["x", "data"], folder=tmp_path, project=tmp_path)
    assert program_files(launch).everything


def test_names_that_are_none_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("open('a\\0b'); open('\\ud800'); import_module('a/\\0')")
    strange = ["\0", "\ud800", "~", "*", "[", "", "..", "/", "//", "x" * 10_000]
    for each in strange:
        env = {"PYTHONPATH": each, "OTHER": each}
        launch = Launch(command=each, args=["tools.py", *strange], env=env, folder=tmp_path, project=tmp_path)
        assert set(program_files(launch).files) == {tmp_path / "tools.py"}


def test_the_content_is_told(tmp_path: Path) -> None:
    script = tmp_path / "tools.py"
    launch = Launch(command=PY, args=["tools.py"], folder=tmp_path, project=tmp_path)
    hashes = set()
    for text in ("a = 1", "a = 2", "a = 1"):
        script.write_text(text)
        hashes.add(program_files(launch).files[script])
    assert len(hashes) == 2


def test_a_file_is_read_again_only_if_it_may_be_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "tools.py"
    script.write_text("import one")
    read: list[str] = []
    content_of = known.content_of
    monkeypatch.setattr(known, "content_of", lambda path, most: read.append(path) or content_of(path, most))
    monkeypatch.setattr(known, "RACY_NS", 1 << 62)
    known.look(str(script))
    known.look(str(script))
    assert len(read) == 2  # too young for its stat to prove anything
    monkeypatch.setattr(known, "RACY_NS", -1 << 62)
    known.look(str(script))
    assert known.look(str(script)).mentions == Mentions(modules={(0, "one")})
    assert len(read) == 3
    script.write_text("import two")
    assert known.look(str(script)).mentions == Mentions(modules={(0, "two")})


def test_no_more_is_read_than_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_BYTES", 30)
    (tmp_path / "data").mkdir()
    for number in range(4):
        (tmp_path / "data" / f"{number}.txt").write_text("x" * 10)
    launch = Launch(command="npx", args=["x", "data"], folder=tmp_path, project=tmp_path)
    assert sorted(map(len, program_files(launch).files.values())) == [0, 16, 16, 16]


def test_a_warning_about_the_program_is_not_ours(recwarn: pytest.WarningsRecorder) -> None:
    assert in_python(b"import a\nx = '\\d'\n").modules == {(0, "a")}
    assert not recwarn.list
