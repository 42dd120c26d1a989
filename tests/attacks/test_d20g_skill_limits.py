"""D20 (g): what is a good skill when it is pushed is one when it is used, and the other way round."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stigmerd.agents.skills.unpacking import SkillProblem, unpack
from stigmerd.resources.archive import manual_of
from stigmerd.resources.rpc_error import RpcError

MANUAL = ("SKILL.md", b"# Be kind")


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, mode: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in (MANUAL, *files):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.compress_type = 3, method
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def as_method(number: int) -> bytes:
    """The second file says that it is compressed like this."""
    raw = bytearray(packed(("a", b"x"), method=zipfile.ZIP_STORED))
    local, central = raw.index(b"PK\3\4", 4), raw.rindex(b"PK\1\2")
    raw[local + 8 : local + 10] = raw[central + 10 : central + 12] = number.to_bytes(2, "little")
    return bytes(raw)


def some(count: int) -> list[tuple[str, bytes]]:
    return [(f"files/{number}", b"") for number in range(count)]


NOISE = bytes(range(256)) * 2000  # half a mebibyte that shrinks to less than a hundredth

CASES: dict[str, Callable[[], bytes]] = {
    "plain": lambda: packed(("a/b.txt", b"x")),
    "folders named": lambda: packed(("a/", b""), ("a/b.txt", b"x"), ("A/", b"")),
    "more than 2,000 files": lambda: packed(*some(2500)),
    "more than 50 MiB": lambda: packed(*[(str(n), NOISE) for n in range(110)], method=zipfile.ZIP_STORED),
    "more than 10,000 files": lambda: packed(*some(10_000)),
    "a bomb": lambda: packed(("zeros", bytes(60 << 20))),
    "no name": lambda: packed((".", b"x")),
    "only slashes": lambda: packed(("./.", b"x")),
    "outside": lambda: packed(("../out", b"x")),
    "a file that is a folder too": lambda: packed(("a", b"x"), ("a/b", b"x")),
    "a folder that is a file too": lambda: packed(("a/b", b"x"), ("A", b"x")),
    "twins": lambda: packed(("a.txt", b"x"), ("A.TXT", b"x")),
    "a name too long for a file": lambda: packed(("x" * 256, b"x")),
    "a name too long for a path": lambda: packed(("/".join(["x" * 200] * 20), b"x")),
    "a device": lambda: packed(("null", b""), mode=stat.S_IFCHR | 0o666),
    "a fifo": lambda: packed(("pipe", b""), mode=stat.S_IFIFO | 0o666),
    "a way to compress that is unknown": lambda: as_method(97),
    "the start of a folder's name": lambda: packed(("ab", b"x"), ("a/b", b"x")),
    "many levels": lambda: packed(("/".join("abcdefgh" * 20), b"x")),
}
GOOD = {
    "plain",
    "folders named",
    "more than 2,000 files",
    "more than 50 MiB",
    "the start of a folder's name",
    "many levels",
}


@pytest.mark.parametrize("what", CASES)
def test_push_and_use_agree(tmp_path: Path, what: str) -> None:
    artifact = CASES[what]()
    pushed = used = True
    try:
        manual_of(artifact)
    except RpcError:
        pushed = False
    try:
        unpack("kind", artifact, tmp_path / "skill")
    except SkillProblem:
        used = False
    assert (pushed, used) == (what in GOOD, what in GOOD)
    assert (tmp_path / "skill").exists() == (what in GOOD)
    assert {path.name for path in tmp_path.iterdir()} <= {"skill"}
