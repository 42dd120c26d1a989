"""watchfiles with one recursive watch, as on macOS."""

from __future__ import annotations

from pathlib import Path

import anyio

from devloop.watcher.inbox import Inbox
from devloop.watcher.interfaces import WatchedPlace
from devloop.watcher.portable import Portable
from tests.devloop.watcher.tracking import ignored
from tests.support.poll import PATIENCE_SECONDS


async def test_a_recursive_watch(root: Path, tmp_path: Path) -> None:
    (root / "node_modules" / "deep").mkdir(parents=True)
    shared = tmp_path / "shared"
    shared.mkdir()
    (root / "there").symlink_to(shared)
    inbox = Inbox()
    engine = Portable(WatchedPlace(root=str(root), extra=()), ignored, inbox, _fails, recursive=True)
    await engine.ready()
    try:
        (root / "node_modules" / "deep" / "file").write_text("one")
        (root / "prompts" / "review.md").write_text("two")
        seen = await _until(inbox, root / "prompts" / "review.md")
        (shared / "file").write_text("one")
        seen |= await _until(inbox, root / "there" / "file")
        (root / "new").mkdir()
        seen |= await _until(inbox, root / "new")
        assert not [path for path in seen if "node_modules" in path.parts]
    finally:
        engine.close()


async def _until(inbox: Inbox, path: Path) -> set[Path]:
    seen: set[Path] = set()
    with anyio.fail_after(PATIENCE_SECONDS):
        while path not in seen:
            seen |= (await anext(inbox)).paths
    return seen


def _fails(reason: str) -> None:
    raise AssertionError(reason)
