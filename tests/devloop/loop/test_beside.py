"""Libraries and files beside the project count, as far as the program reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devloop.changes.settings import ChangeSettings
from devloop.loop import beside as bounds
from devloop.loop.beside import ONLY_FILES, ONLY_MODULES, beside, with_outside
from devloop.loop.events import (
    ChangeSeen,
    EditBroken,
    ExplanationShown,
    NotAffected,
    RunStarted,
    WatchNoted,
    WatchReady,
)
from devloop.loop.settings import WatchedTree, Watching
from runcmd.events import RunFinished
from runcmd.pipeline import Connect
from runcmd.synthesis.forks.zygote import open_zygote
from runcmd.synthesis.outside import Outside
from tests.devloop.loop.looping import Looping, looping

USES = """
import sys
sys.path.insert(0, "../lib")
import flat
from package.inner import TEXT
from stigmer import Workflow

words = open("../words.txt").read()
flow = Workflow("greet")
flow.set("say", text=f"{flat.TEXT} {TEXT} {words}")
"""
CALLS = """
import sys
sys.path.insert(0, "../lib")
import flat
from stigmer import Workflow, activity

@activity
def say():
    import package.inner, later
    return [flat.said(), package.inner.TEXT, later.TEXT]

Workflow("greet").call_activity("say", say)
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], None]:
    def write(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    write("lib/flat.py", "TEXT = 'flat'\ndef said(): return 'flat'\n")
    write("lib/later.py", "TEXT = 'later'\n")
    write("lib/package/__init__.py", "")
    write("lib/package/inner.py", "TEXT = 'inner'\n")
    write("lib/package/unread.py", "")
    write("words.txt", "words")
    return write


async def answer(hands: Looping) -> str:
    return (await hands.until(RunFinished)).answer


@pytest.mark.parametrize("warm", [False, True], ids=["fresh child", "zygote"])
async def test_an_edit_beside_the_project_runs_the_new_code(
    warm: bool, tmp_path: Path, connect: Connect, write: Callable[[str, str], None]
) -> None:
    from runcmd.synthesis.discover import discover
    from runcmd.synthesis.fresh import fresh_child

    async with open_zygote() as zygote:

        async def found(project: object, emit: object) -> object:
            return await discover(project, emit, synthesizer=zygote if warm else fresh_child)  # type: ignore[arg-type]

        async with looping(tmp_path / "project", connect, USES, discover=found) as hands:  # type: ignore[arg-type]
            assert "flat inner words" in await answer(hands)
            await watches(hands, "../lib/package/", "../words.txt")
            for name, changed in (
                ("lib/flat.py", "../lib/flat.py"),
                ("lib/package/inner.py", "../lib/package/inner.py"),
                ("words.txt", "../words.txt"),
            ):
                for text in ("one", "two"):  # of the same size, and soon
                    write(name, text if name == "words.txt" else f"TEXT = '{text}'\n")
                    assert (await hands.until(RunStarted)).changed == (changed,)
                    assert text in await answer(hands)
            write("lib/package/unread.py", "# read by nobody\n")
            assert (await hands.until(NotAffected)).changed == ("../lib/package/unread.py",)
            write("lib/unread.txt", "no module")
            write("other/flat.py", "TEXT = 'elsewhere'\n")
            write("project/main.py", USES + "# the end\n")
            assert (await hands.until(ChangeSeen)).modified == ("main.py",)


async def test_any_module_of_a_library_counts_for_an_activity(
    tmp_path: Path, connect: Connect, write: Callable[[str, str], None]
) -> None:
    async with looping(tmp_path / "project", connect, CALLS) as hands:
        assert '"flat"' in await answer(hands) and "inner" not in str(hands.screen.all(ChangeSeen))
        await watches(hands, "../lib/")
        for name, text in (("flat", "def said(): return 'new'\n"), ("later", "TEXT = 'newer'\n")):
            write(f"lib/{name}.py", text)
            await hands.until(RunStarted)
            assert text.split("'")[1] in await answer(hands)


async def test_a_library_that_is_broken_from_the_start_can_be_mended(
    tmp_path: Path, connect: Connect, write: Callable[[str, str], None]
) -> None:
    write("lib/package/inner.py", "TEXT = \n")
    async with looping(tmp_path / "project", connect, USES) as hands:
        broken = await hands.until(EditBroken)
        assert "inner.py:1: SyntaxError" in broken.error
        await watches(hands, "../lib/package/")
        write("lib/package/inner.py", "TEXT = 'mended'\n")
        assert "mended" in await answer(hands)
        await watches(hands, "../words.txt")
        write("lib/package/inner.py", "TEXT = \n")
        await hands.until(EditBroken)
        write("words.txt", "new words")  # is still watched
        await hands.until(EditBroken)
        write("lib/package/inner.py", "TEXT = 'again'\n")
        assert "again new words" in await answer(hands)


async def test_a_library_that_is_taken_away_and_comes_back(
    tmp_path: Path, connect: Connect, write: Callable[[str, str], None]
) -> None:
    async with looping(tmp_path / "project", connect, USES) as hands:
        await answer(hands)
        await watches(hands, "../lib/package/")
        (tmp_path / "lib").rename(tmp_path / "away")
        assert (await hands.until(WatchNoted)).text.startswith("../lib")
        hands.loop.press("r")
        assert "No module named" in (await hands.until(EditBroken)).error
        (tmp_path / "away/flat.py").write_text("TEXT = 'back'\n")
        (tmp_path / "away").rename(tmp_path / "lib")
        assert "back" in await answer(hands)


async def watches(hands: Looping, *outside: str) -> None:
    """Until it does."""
    await hands.until(WatchReady)
    while True:
        hands.loop.press("e")
        if set(outside) <= {*(await hands.until(ExplanationShown)).outside}:
            return


# -- what counts -------------------------------------------------------------------------------------


def test_packages_count_whole_and_modules_with_their_neighbours(
    tmp_path: Path, write: Callable[[str, str], None]
) -> None:
    write("lib/package/deep/__init__.py", "")
    write("lib/package/deep/module.py", "")
    lib, root = tmp_path / "lib", tmp_path / "project"
    files = [lib / name for name in ("flat.py", "package/inner.py", "package/deep/module.py", "text.md")]
    found = beside(
        root, Outside(files=tuple(files), directories=(tmp_path / "prompts", lib / "package/deep"))
    )
    assert found.trees == (
        WatchedTree(root=lib, ignore=ONLY_MODULES),
        WatchedTree(root=lib / "package"),
        WatchedTree(root=tmp_path / "prompts", ignore=ONLY_FILES),
    )
    assert (found.files, found.notes) == ((lib / "text.md",), ())


def test_a_module_that_is_a_link_counts_where_it_is_edited(
    tmp_path: Path, write: Callable[[str, str], None]
) -> None:
    """As strict editable installations have it; the link itself would be seen later, and run once more."""
    link = tmp_path / "build/package/inner.py"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "lib/package/inner.py")
    found = beside(tmp_path / "project", Outside(files=(link,)))
    assert (found.trees, found.files) == ((WatchedTree(root=tmp_path / "lib/package"),), ())


def test_what_the_project_is_in_counts_by_its_files_only(
    tmp_path: Path, write: Callable[[str, str], None]
) -> None:
    write("lib/package/project/main.py", "")
    file = tmp_path / "lib/package/inner.py"
    found = beside(tmp_path / "lib/package/project", Outside(files=(file,)))
    assert (found.trees, found.files) == ((), (file,))


def test_of_too_much_a_part_counts_and_a_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_TREES", 2)
    monkeypatch.setattr(bounds, "MOST_FILES", 5)
    files = tuple(tmp_path / f"lib{number}" / "module.py" for number in range(7))
    texts = tuple(tmp_path / f"{number}.txt" for number in range(3))
    found = beside(tmp_path / "project", Outside(files=files + texts))
    assert len(found.trees) == 2
    assert found.files == files[2:7]
    first, second = found.notes
    assert f"more than 2 directories outside of the project: in {tmp_path}/lib2" in first.text
    assert "and 2 more" in first.text
    assert f"more than 5 files outside of the project: {texts[0]}, {texts[1]}, {texts[2]} " in second.text


def test_what_is_watched_already_stays_when_the_program_fails(tmp_path: Path) -> None:
    known = WatchedTree(root=tmp_path / "lib/known")
    watching = Watching(root=tmp_path / "project", settings=ChangeSettings(), extra=(), trees=(known,))
    new = beside(watching.root, Outside(directories=(tmp_path / "new",)))
    assert with_outside(watching, new).trees == new.trees
    assert with_outside(watching, new, keep=True).trees == (known, *new.trees)
