"""What changes are made of, each by itself: no files, no clock."""

from __future__ import annotations

from pathlib import Path

from devloop.changes.digest import FileState
from devloop.changes.dirty import EVERYWHERE, DirtyPaths
from devloop.changes.early import MOST_PATHS, EarlyChanges
from devloop.changes.explain import MOST_EXPLANATIONS, Explanation, Explanations
from devloop.changes.fingerprint import MANY_PATHS, Change, Fingerprint
from devloop.changes.git_hold import AFTER_GIT_SECONDS, POLL_SECONDS, GitHold
from devloop.changes.known import KnownFiles
from devloop.changes.rescan import HASHING, IDLE_SHARE, RescanClock


def files(**contents: str) -> Fingerprint:
    return {name: FileState(text.encode(), (1,)) for name, text in contents.items()}


class TestDirtyPaths:
    def test_a_path_is_dirty_until_its_batch_ends(self) -> None:
        dirty = DirtyPaths()
        assert not dirty
        dirty.mark(["a"])
        assert dirty.begin_scan() == {"a"}
        assert dirty and not dirty.waiting
        dirty.end_batch()
        assert not dirty

    def test_an_event_during_a_scan_makes_the_batch_longer(self) -> None:
        dirty = DirtyPaths()
        dirty.mark(["a"])
        dirty.begin_scan()
        dirty.mark(["b"])
        assert (dirty.waiting, dirty.paths) == ({"b"}, {"a", "b"})
        assert dirty.begin_scan() == {"a", "b"}

    def test_an_event_after_the_last_scan_is_for_the_next_batch(self) -> None:
        dirty = DirtyPaths()
        dirty.mark(["a"])
        dirty.begin_scan()
        dirty.mark(["b"])
        dirty.end_batch()
        assert dirty.paths == {"b"}

    def test_of_many_paths_everything_is_scanned(self) -> None:
        dirty = DirtyPaths()
        dirty.mark(map(str, range(MANY_PATHS)))
        assert len(dirty.begin_scan()) == MANY_PATHS
        dirty.mark(["one more"])
        assert dirty.begin_scan() == {EVERYWHERE}
        dirty.end_batch()
        dirty.mark(map(str, range(MANY_PATHS + 1)))
        assert dirty.waiting == {EVERYWHERE}

    def test_new_rules_concern_everything(self) -> None:
        dirty = DirtyPaths()
        dirty.mark([".gitignore"])
        assert dirty.begin_scan(everywhere=True) == {EVERYWHERE}


class TestKnownFiles:
    def test_a_change_is_emitted_once(self) -> None:
        known = KnownFiles(files(a="1"))
        known.settled = files(a="2", b="1")
        assert known.emit() == Change(created=("b",), modified=("a",))
        assert known.emitted is known.settled
        assert not known.emit()

    def test_what_is_ignored_from_now_on_was_not_deleted(self) -> None:
        known = KnownFiles(files(a="1", log="1"))
        known.restrict(lambda seen: {path: state for path, state in seen.items() if path != "log"})
        assert [*known.settled] == [*known.emitted] == ["a"]
        assert not known.emit()


class TestEarlyChanges:
    def test_each_content_of_a_batch_once(self) -> None:
        emitted: list[Fingerprint] = []
        early = EarlyChanges(emitted.append)
        settled, now, later = files(a="1"), files(a="2"), files(a="3")
        for each in (now, files(a="2"), later):
            early.scanned(settled, each)
        assert emitted == [now, later]

    def test_the_next_batch_may_emit_the_same(self) -> None:
        emitted: list[Fingerprint] = []
        early = EarlyChanges(emitted.append)
        for _ in range(2):
            early.scanned(files(a="1"), files(a="2"))
            early.end_batch()
        assert len(emitted) == 2

    def test_back_to_what_was_settled_is_none(self) -> None:
        emitted: list[Fingerprint] = []
        early = EarlyChanges(emitted.append)
        early.scanned(files(a="1"), files(a="2"))
        early.scanned(files(a="1"), files(a="1"))
        assert emitted == [files(a="2")]

    def test_not_in_the_midst_of_a_save(self) -> None:
        emitted: list[Fingerprint] = []
        EarlyChanges(emitted.append).scanned(files(a="1", b="1"), files(a="2"))
        assert not emitted

    def test_which_scan_is_worth_it(self) -> None:
        early = EarlyChanges(lambda fingerprint: None)
        assert early.worth_a_scan({str(number) for number in range(MOST_PATHS)})
        assert not early.worth_a_scan({str(number) for number in range(MOST_PATHS + 1)})
        assert not early.worth_a_scan({"a", EVERYWHERE})
        assert not early.worth_a_scan(set())
        assert not EarlyChanges(None).worth_a_scan({"a"})


class TestGitHold:
    def test_it_waits_for_git_and_a_little_longer(self) -> None:
        work = ["index.lock", "rebase-merge", ""]
        reasons: list[str] = []
        hold = GitHold(lambda: work[0], 10, reasons.append)
        assert hold.remaining(0) == POLL_SECONDS
        work.pop(0)
        assert hold.remaining(0) == POLL_SECONDS
        work.pop(0)
        assert hold.remaining(0) == AFTER_GIT_SECONDS
        assert hold.remaining(AFTER_GIT_SECONDS) == 0
        assert hold.held and reasons == ["git is running (index.lock): waiting until it is done"]

    def test_git_rests(self) -> None:
        hold = GitHold(lambda: "", 10, lambda reason: None)
        assert hold.remaining(0) == 0
        assert not hold.held

    def test_patience_ends(self) -> None:
        hold = GitHold(lambda: "index.lock", 10, lambda reason: None)
        assert hold.remaining(9.99) == POLL_SECONDS
        assert 0 < hold.remaining(10) <= AFTER_GIT_SECONDS
        assert hold.remaining(9.99 + AFTER_GIT_SECONDS) == 0


class TestRescanClock:
    def test_a_small_project_is_scanned_every_so_often(self) -> None:
        clock = RescanClock(30, 100, first_scan_seconds=0.001)
        assert clock.remaining(100) == 30
        clock.done(131, cpu_seconds=0.001)
        assert clock.remaining(131) == 30

    def test_a_big_one_takes_a_small_share_of_the_time(self) -> None:
        clock = RescanClock(30, 100, first_scan_seconds=1.0)
        assert clock.remaining(100) == IDLE_SHARE / HASHING
        clock.done(700, cpu_seconds=0.5)
        assert clock.remaining(700) == 0.5 * IDLE_SHARE
        assert clock.remaining(700 + 0.5 * IDLE_SHARE) <= 0


class TestExplanations:
    def test_what_an_event_was_for(self, tmp_path: Path) -> None:
        (tmp_path / "new-and-ignored").touch()
        explanations = Explanations()
        explanations.add_unchanged(tmp_path, ["kept", "gone", "new-and-ignored"], {"kept"})
        assert [*explanations] == [
            Explanation("kept", "its content did not change"),
            Explanation("gone", "it was created and deleted again"),
        ]

    def test_everything_is_no_path(self, tmp_path: Path) -> None:
        explanations = Explanations()
        explanations.add_unchanged(tmp_path / "gone", [EVERYWHERE], {})
        assert not [*explanations]

    def test_only_the_latest_are_kept(self) -> None:
        explanations = Explanations()
        for number in range(MOST_EXPLANATIONS + 1):
            explanations.add(str(number), "")
        paths = [each.path for each in explanations]
        assert len(paths) == MOST_EXPLANATIONS and paths[-1] == str(MOST_EXPLANATIONS)
