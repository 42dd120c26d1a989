"""Which watcher is the best for a place?"""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.watcher import WatchMode, open_watcher
from devloop.watcher.anchors import Anchor, anchors
from devloop.watcher.mounts import Mount, mounts, silent_mount
from devloop.watcher.opening import choose
from tests.devloop.watcher.tracking import ignored

LINES = r"""
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /mnt/c rw,noatime - 9p C:\134 rw,aname=drvfs;path=C:\;uid=1000
24 22 0:22 / /home/me/my\040files rw shared:1 - fuse.sshfs me@host: rw
25 22 0:23 / /srv rw - nfs4 server:/srv rw
26 25 0:24 / /srv/fast rw - xfs /dev/vdb rw
27 22 0:25 / /hidden rw - cifs //server/share rw
28 27 0:26 / /hidden rw - tmpfs tmpfs rw
29 22 0:27 / /work/data rw - virtiofs data rw
not a mount
"""


@pytest.fixture
def mounted(tmp_path: Path) -> tuple[Mount, ...]:
    (tmp_path / "mountinfo").write_text(LINES)
    return mounts(tmp_path / "mountinfo")


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("/home/me/project", None),
        ("/mnt/c/Users/me/project", "9p"),
        ("/mnt/cc", None),
        ("/home/me/my files", "fuse.sshfs"),
        ("/srv/project", "nfs4"),
        ("/srv/fast/project", None),
        ("/srv/fast", None),
        ("/hidden/project", None),
        ("/hidden", None),
        ("/work", "virtiofs"),
        ("/work/other", None),
    ],
)
def test_file_systems_that_tell_of_no_changes(
    mounted: tuple[Mount, ...], root: str, kind: str | None
) -> None:
    found = silent_mount(root, mounted)
    assert (found and found.kind) == kind


def test_a_system_that_does_not_say_what_is_mounted(tmp_path: Path) -> None:
    assert mounts(tmp_path / "missing") == ()
    assert silent_mount("/project", ()) is None


@pytest.mark.parametrize(
    ("mode", "platform", "chosen"),
    [
        (WatchMode.AUTO, "linux", WatchMode.INOTIFY),
        (WatchMode.AUTO, "darwin", WatchMode.WATCHFILES),
        (WatchMode.AUTO, "win32", WatchMode.WATCHFILES),
        (WatchMode.SCAN, "linux", WatchMode.SCAN),
        (WatchMode.WATCHFILES, "linux", WatchMode.WATCHFILES),
    ],
)
def test_the_choice(tmp_path: Path, mode: WatchMode, platform: str, chosen: WatchMode) -> None:
    assert choose(str(tmp_path), mode, platform) == (chosen, "")


def test_inotify_where_there_is_none(tmp_path: Path) -> None:
    chosen, note = choose(str(tmp_path), WatchMode.INOTIFY, "darwin")
    assert chosen is WatchMode.WATCHFILES
    assert "Linux only" in note


async def test_a_root_that_is_not_there_yet(tmp_path: Path) -> None:
    async with open_watcher(tmp_path / "later", ignored) as watcher:
        (tmp_path / "later").mkdir()
        assert (await anext(watcher.events())).paths == frozenset()


def test_every_entry_on_the_way_is_an_anchor(tmp_path: Path) -> None:
    home = str(tmp_path.resolve())
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    found = [
        anchor for anchor in anchors(f"{home}/link/deep/missing/file") if anchor.directory.startswith(home)
    ]
    assert found == [
        Anchor(home),
        Anchor(home, "link"),
        Anchor(f"{home}/real"),
        Anchor(f"{home}/real/deep"),
        Anchor(f"{home}/real/deep", "missing"),
    ]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert len(list(anchors(str(tmp_path / "one" / "file")))) < 100
