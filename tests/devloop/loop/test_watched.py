"""What is watched beside the project's own files?"""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.changes.digest import DIGEST_BYTES, UNKNOWN, FileState
from devloop.changes.fingerprint import Change
from devloop.changes.settings import ChangeSettings
from devloop.loop.settings import Watching
from devloop.loop.watched import contents, missed, with_inputs, with_programs
from runcmd.synthesis.manifest import Uses


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    return Watching(root=tmp_path, settings=ChangeSettings(), extra=())


@pytest.mark.parametrize(("ignored", "beside"), [(True, 1), (False, 0)])
def test_what_the_program_read_is_watched_beside_only_if_it_is_ignored(
    watching: Watching, ignored: bool, beside: int
) -> None:
    """A file that has just been created is not: it would never be told as created."""
    file = watching.root / "new.txt"
    file.touch()
    assert len(with_inputs(watching, [file], lambda path: ignored).extra) == beside


def test_the_rules_are_asked_by_the_path_in_the_project(watching: Watching) -> None:
    (watching.root / "private").mkdir()
    files = [watching.root / "private/text.md", watching.root / "other.md"]
    for file in files:
        file.touch()
    assert with_inputs(watching, files, lambda path: path == "private/text.md").extra == (files[0],)


def test_files_that_are_gone_are_not_and_those_outside_are(
    watching: Watching, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "file.txt"
    outside.touch()
    found = with_inputs(watching, [watching.root / "gone.txt", outside], lambda path: False)
    assert found.extra == (outside,)


def test_code_that_a_run_uses_is_watched_where_it_is_ignored_or_outside(
    watching: Watching, tmp_path: Path
) -> None:
    inside = [tmp_path / "server.py", tmp_path / "words.txt"]
    outside = tmp_path.parent / "words.txt"
    uses = Uses(files=dict.fromkeys([*inside, outside], b""))
    assert with_programs(watching, [uses], lambda path: True).extra == (inside[0], outside)
    assert with_programs(watching, [uses], lambda path: False).extra == (outside,)


def test_what_was_edited_before_it_was_watched_has_changed(watching: Watching, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("same.py", "edited.py", "unread.py")]
    uses = Uses(files=dict.fromkeys(files, b"1" * DIGEST_BYTES))
    states = {"same.py": b"1" * DIGEST_BYTES, "edited.py": b"2" * DIGEST_BYTES, "unread.py": UNKNOWN}
    after = {name: FileState(digest, ()) for name, digest in states.items()}
    used = contents(watching, [uses])
    now = with_programs(watching, [uses], lambda path: True)
    assert missed(now, {}, after, used) == Change(modified=("edited.py",))
    assert not missed(now, after, after, used)
