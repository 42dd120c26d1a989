"""A version of the files shares what is the same with the one before, and answers like a dictionary."""

from __future__ import annotations

import random

import pytest

from devloop.changes.digest import FileState
from devloop.changes.files import MOST_CHANGES, Files
from devloop.changes.fingerprint import difference

SEEDS = 40
NAMES = [f"{folder}{name}" for folder in ("", "a/", "a/b/", "a.b/", "ab/") for name in "xyz"]


def state(number: int) -> FileState:
    return FileState(bytes([number]), ())


def many(count: int) -> Files:
    return Files({f"d{number // 20}/f{number}": state(0) for number in range(count)})


@pytest.mark.parametrize("seed", range(SEEDS))
def test_like_a_dictionary(seed: int) -> None:
    choose = random.Random(seed)
    files, model = Files({"a/x": state(1)}), {"a/x": state(1)}
    versions = [(files, dict(model))]
    for number in range(30):
        gone = choose.sample(NAMES, 2)
        found = {name: state(number) for name in choose.sample(NAMES, 2)}
        model = {name: each for name, each in model.items() if name not in gone} | found
        files = files.replaced(dict(model)) if choose.random() < 0.2 else files.changed(found, gone)
        versions.append((files, dict(model)))
        assert dict(files.items()) == model
        assert set(files) == model.keys()
        assert len(files) == len(model)
        for name in NAMES:
            assert files.get(name) == model.get(name)
            assert (name in files) == (name in model)
        for folder in ("a", "a/b", "ab", "none"):
            assert sorted(files.below(folder)) == sorted(n for n in model if n.startswith(f"{folder}/"))
        older, before = choose.choice(versions)
        assert difference(older, files) == difference(before, model)
        assert difference(files, older) == difference(model, before)
    assert all(dict(each.items()) == kept for each, kept in versions), "no version changes"


def test_a_difference_looks_only_at_what_changed() -> None:
    """However many there are; and a scan of everything that finds next to nothing keeps it so."""
    before = many(10_000)
    after = before.changed({"d0/f0": state(1)}).changed({"new": state(2)}, ["d1/f20"])
    assert set(after.differing(before) or ()) == {"d0/f0", "new", "d1/f20"}
    scanned = after.replaced({**after.as_dict(), "d2/f40": state(3)})
    assert set(scanned.differing(before) or ()) == {"d0/f0", "new", "d1/f20", "d2/f40"}
    assert (
        after.changed({"d0/f0": before["d0/f0"]}, ["new"])
        .changed({"d1/f20": before["d1/f20"]})
        .differing(before)
        == set()
    ), "what is undone is no change"


def test_many_changes_make_a_new_base() -> None:
    before = many(4 * MOST_CHANGES)
    found = {f"n{number}": state(1) for number in range(MOST_CHANGES + 1)}
    after = before.changed(found)
    assert after.differing(before) is None
    assert len(difference(before, after).created) == MOST_CHANGES + 1
    assert after.changed({"x": state(2)}).differing(after) == {"x"}
