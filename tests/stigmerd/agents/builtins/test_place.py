"""No path leads out of the workspace, whatever lies there and whatever happens meanwhile."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from stigmerd.agents.builtins.files.place import Root
from stigmerd.agents.builtins.files.reading import list_files, read_file
from stigmerd.agents.builtins.files.refused import Refused
from stigmerd.agents.builtins.files.searching import find_files, search_files
from stigmerd.agents.builtins.files.texts import TextReader
from stigmerd.agents.builtins.files.writing import edit_file, write_file

READER = TextReader()
SECRET = "the secret of the house"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text(SECRET)
    return folder


@pytest.fixture
def inside(tmp_path: Path, outside: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "src/main.py").write_text("print('hello')\n")
    return folder


def read(folder: Path, path: str) -> str:
    return read_file(Root(folder), READER, path, 1, 100)


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.txt",
        "src/../../outside/secret.txt",
        "{outside}/secret.txt",
        "/etc/passwd",
        "/proc/self/environ",
        "~/.ssh/id_rsa",
        "{inside}/../outside/secret.txt",
        "{inside}er/x",
        "src/main.py\0.txt",
    ],
)
def test_a_path_that_leads_out_is_refused(inside: Path, outside: Path, path: str) -> None:
    asked = path.format(inside=inside, outside=outside)
    for act in (
        lambda: read(inside, asked),
        lambda: list_files(Root(inside), asked),
        lambda: search_files(Root(inside), READER, "secret", asked, "", ignore_case=False),
        lambda: write_file(Root(inside), READER, asked, "x"),
        lambda: edit_file(Root(inside), READER, asked, "secret", "x", all_of_them=False),
    ):
        with pytest.raises(Refused, match=r"outside of the workspace|zero byte"):
            act()
    assert (outside / "secret.txt").read_text() == SECRET


def test_whole_paths_and_dots_within_the_workspace_are_fine(inside: Path) -> None:
    for path in ("src/main.py", "./src//main.py", "src/../src/main.py", f"{inside}/src/main.py"):
        assert read(inside, path) == "1\tprint('hello')"


@pytest.mark.parametrize("target", ["../outside", "{outside}", "/proc/self/fd", "src/../../outside", "loop"])
def test_links_lead_nowhere_else(inside: Path, outside: Path, target: str) -> None:
    (inside / "loop").symlink_to("loop")
    (inside / "link").symlink_to(target.format(outside=outside))
    (inside / "file").symlink_to(outside / "secret.txt")
    for path in ("link/secret.txt", "link/0", "file"):
        with pytest.raises(Refused, match=r"outside of the workspace|circle|there is no"):
            read(inside, path)
        with pytest.raises(Refused):
            write_file(Root(inside), READER, path, "x")
    assert SECRET not in search_files(Root(inside), READER, "secret", ".", "", ignore_case=False)
    assert (outside / "secret.txt").read_text() == SECRET
    assert sorted(outside.iterdir()) == [outside / "secret.txt"]


def test_links_within_the_workspace_are_followed(inside: Path) -> None:
    (inside / "deep").mkdir()
    (inside / "deep/up").symlink_to("../src/main.py")
    (inside / "whole").symlink_to(inside / "src")
    assert read(inside, "deep/up") == read(inside, "whole/main.py")
    write_file(Root(inside), READER, "deep/up", "new\n")
    assert (inside / "src/main.py").read_text() == "new\n"
    assert (inside / "deep/up").is_symlink()


def test_a_file_with_another_name_is_neither_read_nor_written(inside: Path, outside: Path) -> None:
    os.link(outside / "secret.txt", inside / "mine.txt")
    for act in (
        lambda: read(inside, "mine.txt"),
        lambda: write_file(Root(inside), READER, "mine.txt", "x"),
        lambda: edit_file(Root(inside), READER, "mine.txt", "secret", "x", all_of_them=False),
    ):
        with pytest.raises(Refused, match="hard link"):
            act()
    assert (
        search_files(Root(inside), READER, "secret", ".", "", ignore_case=False) == "nothing matches secret"
    )
    assert (outside / "secret.txt").read_text() == SECRET


def test_what_is_no_ordinary_file_is_not_opened(inside: Path) -> None:
    os.mkfifo(inside / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(inside)
        listening.bind("socket")
    for name in ("pipe", "socket"):
        with pytest.raises(Refused, match="no ordinary file"):
            read(inside, name)
        with pytest.raises(Refused, match="no ordinary file"):
            write_file(Root(inside), READER, name, "x")
    assert "no ordinary file" in list_files(Root(inside), ".")
    assert "nothing" in search_files(Root(inside), READER, "zzz", ".", "", ignore_case=False)


def test_what_is_exchanged_between_a_look_and_the_opening_is_refused(
    inside: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inside / "swap").mkdir()
    (inside / "swap/secret.txt").write_text("harmless")
    truly = os.open

    def exchanged(path: str, *args: int, dir_fd: int | None = None) -> int:
        if path == "swap" and not (inside / "swap").is_symlink():
            (inside / "swap").rename(inside / "kept")
            (inside / "swap").symlink_to(outside)
        if path == "secret.txt" and (inside / "src").exists():
            (inside / "src/secret.txt").unlink(missing_ok=True)
            (inside / "src/secret.txt").symlink_to(outside / "secret.txt")
        return truly(path, *args, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", exchanged)
    with pytest.raises(Refused, match="is no directory"):
        read(inside, "swap/secret.txt")
    (inside / "src/secret.txt").write_text("harmless")
    with pytest.raises(Refused, match="became a link"):
        read(inside, "src/secret.txt")


def test_a_directory_that_becomes_a_link_in_between_leads_nowhere(inside: Path, outside: Path) -> None:
    """It is exchanged again and again while others walk."""
    (inside / "swap").mkdir()
    (inside / "swap/secret.txt").write_text("less")
    (inside / "away").symlink_to(outside)
    stop = threading.Event()

    def exchange() -> None:
        while not stop.is_set():
            (inside / "swap").rename(inside / "kept")
            (inside / "away").rename(inside / "swap")
            (inside / "swap").rename(inside / "away")
            (inside / "kept").rename(inside / "swap")

    thread = threading.Thread(target=exchange)
    thread.start()
    seen = set()
    try:
        for number in range(1500):
            old, new = ("less", "more") if number % 2 else ("more", "less")
            try:
                seen.add(read(inside, "swap/secret.txt"))
                edit_file(Root(inside), READER, "swap/secret.txt", old, new, all_of_them=False)
            except (Refused, OSError):
                seen.add("refused")
    finally:
        stop.set()
        thread.join()
    assert seen <= {"1\tless", "1\tmore", "refused"}
    assert (outside / "secret.txt").read_text() == SECRET


@pytest.mark.parametrize(
    "name",
    [
        *("Stigmer.yaml", "STIGMER.YAML", "sub/stigmer.yml", ".git/hooks/pre-commit", ".GIT/config"),
        *(".venv/lib/x.py", "sub/.git", "site/evil.pth", ".envrc", ".vscode/tasks.json", "Stigmer.yaml."),
        *("\uff33tigmer.yaml", "lib/sitecustomize.py"),
    ],
)
def test_no_agent_writes_what_says_what_it_may(inside: Path, name: str) -> None:
    with pytest.raises(Refused, match="have no say in"):
        write_file(Root(inside), READER, name, "x")
    assert sorted(inside.iterdir()) == [inside / "src"]


def test_an_environment_is_not_written_whatever_it_is_called(inside: Path) -> None:
    (inside / "env").mkdir()
    (inside / "env/pyvenv.cfg").write_text("")
    with pytest.raises(Refused, match="virtual environment"):
        write_file(Root(inside), READER, "env/x.py", "x")


@pytest.mark.parametrize(
    "name", [".env", ".ENV", ".env.local", "prod.env", "key.pem", ".ssh/id_rsa", ".git/config"]
)
def test_secrets_are_read_only_where_that_is_allowed(inside: Path, name: str) -> None:
    (inside / name).parent.mkdir(exist_ok=True)
    (inside / name).write_text(SECRET)
    with pytest.raises(Refused, match="may hold secrets"):
        read(inside, name)
    with pytest.raises(Refused):
        write_file(Root(inside), READER, name, "x")
    assert SECRET not in search_files(Root(inside), READER, "secret", ".", "", ignore_case=False)
    assert read_file(Root(inside), TextReader(secrets=True), name, 1, 1) == f"1\t{SECRET}"


def test_examples_of_secrets_are_none(inside: Path) -> None:
    (inside / ".env.example").write_text("KEY=")
    assert read(inside, ".env.example") == "1\tKEY="


def test_names_that_are_no_text_are_shown(inside: Path) -> None:
    (Path(os.fsdecode(bytes(inside) + b"/b\xff.txt"))).write_text("x")
    assert "b\\xff.txt" in list_files(Root(inside), ".")
    assert "b\\xff.txt" in find_files(Root(inside), "*.txt", ".")
