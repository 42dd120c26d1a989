"""What git does to the files is one change, or none."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from devloop.changes.fingerprint import Change
from devloop.changes.git_activity import busy, git_directory, subcommand
from devloop.changes.settings import ChangeSettings
from tests.devloop.changes.watched import QUICK, Watched, git
from tests.support.poll import until

FILES = 20
SHORT_PATIENCE = ChangeSettings(git_seconds=0.2, rescan_seconds=60)


@pytest.fixture
def repository(watched: Watched) -> Watched:
    """Three commits on main, and a branch with as many from the first one on."""
    watched.git("init", "-q")
    for number in range(FILES):
        watched.write(f"src/{number}.md", "first")
    _commit(watched, "first")
    watched.git("checkout", "-q", "-b", "other")
    for name in ("one", "two", "three"):
        watched.write(f"other/{name}.md", name)
        _commit(watched, name)
    watched.git("checkout", "-q", "main")
    for number in range(FILES):
        watched.write(f"src/{number}.md", "second")
    _commit(watched, "second")
    return watched


def _commit(project: Watched, message: str) -> None:
    project.git("add", "-A")
    project.git("commit", "-q", "-m", message)


class TestBusy:
    """Told from the files in the git directory."""

    def test_git_rests(self, repository: Watched) -> None:
        assert busy(repository.root) == ""
        assert busy(repository.root / "src") == ""

    def test_no_repository(self, tmp_path: Path) -> None:
        assert busy(tmp_path) == ""

    @pytest.mark.parametrize(
        "name", ["index.lock", "rebase-merge/head-name", "rebase-apply/patch", "MERGE_HEAD"]
    )
    def test_it_works_now_or_left_something_behind(self, repository: Watched, name: str) -> None:
        repository.write(f".git/{name}")
        assert busy(repository.root) == name.partition("/")[0]
        assert busy(repository.root / "src") == name.partition("/")[0]
        assert busy(repository.root, time.time() + 20) == ""

    def test_a_rebase_that_went_on_a_moment_ago(self, repository: Watched) -> None:
        repository.write(".git/rebase-merge/msgnum")
        os.utime(repository.root / ".git/rebase-merge", (0, 0))
        assert busy(repository.root) == "rebase-merge"

    def test_a_linked_worktree(self, repository: Watched) -> None:
        place = repository.root.parent / "linked"
        repository.git("worktree", "add", "-q", str(place), "other")
        repository.write(".git/worktrees/linked/index.lock")
        assert busy(place) == "index.lock"
        assert busy(repository.root) == ""

    def test_a_submodule(self, repository: Watched) -> None:
        (repository.root / "sub").mkdir()
        repository.write("sub/.git", "gitdir: ../.git/modules/sub\n")
        repository.write(".git/modules/sub/index.lock")
        assert busy(repository.root / "sub") == "index.lock"

    def test_a_git_file_that_says_nothing(self, tmp_path: Path) -> None:
        (tmp_path / ".git").write_text("nonsense")
        assert git_directory(tmp_path) is None
        assert busy(tmp_path) == ""

    @pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes cannot be seen here")
    async def test_a_command_that_waits_for_its_hook(self, repository: Watched) -> None:
        go = repository.root.parent / "go"
        os.mkfifo(go)
        _hook(repository, f"read word <{go}")
        other = repository.root.parent / "other"
        other.mkdir()
        git(other, "init", "-q")
        # For reading, too: so that to open it waits for nobody.
        with go.open("rb+", buffering=0) as pipe:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_git, repository, "commit", "-q", "--allow-empty", "-m", "third")
                try:
                    await until(lambda: busy(repository.root) == "git commit")
                    assert busy(repository.root, time.time() + 20) == "", "perhaps an editor is open"
                    assert busy(other) == "", "it works somewhere else"
                finally:
                    pipe.write(b"on\n")
        assert busy(repository.root) == ""

    @pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes cannot be seen here")
    def test_a_command_that_only_reads(self, repository: Watched) -> None:
        command = ["git", "cat-file", "--batch-check"]
        with subprocess.Popen(
            command, cwd=repository.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as reader:
            assert reader.stdin and reader.stdout
            reader.stdin.write(b"HEAD\n")
            reader.stdin.flush()
            assert b"commit" in reader.stdout.readline()
            assert busy(repository.root) == ""

    @pytest.mark.parametrize(
        ("line", "command"),
        [
            ("git commit -m checkout", "commit"),
            ("git -C /a -c user.name=b --no-pager rebase main", "rebase"),
            ("git --git-dir /a/.git stash", "stash"),
            ("git --git-dir=/a/.git log", "log"),
            ("git", ""),
            ("git --version", ""),
        ],
    )
    def test_which_command(self, line: str, command: str) -> None:
        assert subcommand(line.split()) == command


async def _git(project: Watched, *words: str) -> str:
    return await to_thread.run_sync(git, project.root, *words)


async def test_a_checkout_is_one_change(repository: Watched) -> None:
    async with repository.watched():
        await _git(repository, "checkout", "-q", "other")
        change = await repository.next()
        assert change.created == ("other/one.md", "other/three.md", "other/two.md")
        assert len(change.modified) == FILES
        await repository.nothing_more()


async def test_there_and_back_is_none(repository: Watched) -> None:
    async with repository.watched():
        await _git(repository, "checkout", "-q", "other")
        await _git(repository, "checkout", "-q", "main")
        await repository.nothing_more()


async def test_a_rebase_is_one_change(repository: Watched) -> None:
    repository.git("checkout", "-q", "other")
    async with repository.watched():
        await _git(repository, "rebase", "-q", "main")
        change = await repository.next()
        assert len(change.modified) == FILES and not change.created and not change.deleted
        await repository.nothing_more()


async def test_a_rebase_that_runs_something_after_each_commit(repository: Watched) -> None:
    repository.git("checkout", "-q", "other")
    async with repository.watched():
        await _git(repository, "rebase", "-q", "-x", "sleep 0.2", "main")
        change = await repository.next()
        assert len(change.modified) == FILES and not change.created and not change.deleted
        await repository.nothing_more()


async def test_a_stash_and_back_is_none(repository: Watched) -> None:
    repository.write("main.py", "print(2)")
    repository.write("untracked.md")
    async with repository.watched():
        await _git(repository, "stash", "-q", "-u")
        await _git(repository, "stash", "pop", "-q")
        await repository.nothing_more()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes cannot be seen here")
async def test_a_commit_whose_hook_stashes_is_none(repository: Watched) -> None:
    """As tools do that check only what is about to be committed."""
    _hook(repository, "git stash push -q -u --keep-index && sleep 0.5; git stash pop -q")
    repository.write("staged.md")
    repository.git("add", "staged.md")
    repository.write("main.py", "print(2)")
    repository.write("untracked.md")
    async with repository.watched() as changes:
        await _git(repository, "commit", "-q", "-m", "third")
        await repository.nothing_more()
        assert any("git commit" in each.reason for each in changes.explanations)


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes cannot be seen here")
async def test_a_commit_whose_hook_formats_is_one_change(repository: Watched) -> None:
    _hook(repository, "git stash push -q --keep-index; sleep 0.3; echo more >>staged.md; git add staged.md")
    repository.write("staged.md")
    repository.git("add", "staged.md")
    async with repository.watched():
        await _git(repository, "commit", "-q", "-m", "third")
        assert await repository.next() == Change(modified=("staged.md",))
        await repository.nothing_more()


async def test_a_merge_is_one_change(repository: Watched) -> None:
    async with repository.watched():
        await _git(repository, "merge", "-q", "-m", "merge", "other")
        assert (await repository.next()).created == ("other/one.md", "other/three.md", "other/two.md")
        await repository.nothing_more()


async def test_patience_ends(repository: Watched) -> None:
    """A lock that was left behind must not stop us."""
    async with repository.watched(SHORT_PATIENCE) as changes:
        repository.write(".git/index.lock")
        repository.write("main.py", "print(2)")
        assert await repository.next() == Change(modified=("main.py",))
        assert any("index.lock" in each.reason for each in changes.explanations)


async def test_git_makes_room(repository: Watched) -> None:
    """While it works there is no change; when it rests, at once."""
    async with repository.watched(QUICK) as changes:
        lock = repository.write(".git/index.lock")
        repository.write("main.py", "print(2)")
        await until(lambda: any("index.lock" in each.reason for each in changes.explanations))
        with anyio.move_on_after(0.3) as early:
            await changes.next()
        assert early.cancelled_caught
        lock.unlink()
        assert await repository.next() == Change(modified=("main.py",))


def _hook(project: Watched, text: str) -> None:
    hook = project.write(".git/hooks/pre-commit", f"#!/bin/sh\n{text}\n")
    hook.chmod(0o755)
