"""Archives of skills, good ones and bad ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from stigmer_api.skill_pb2 import PushSkillRequest

MANUAL = "# Reviewing\nRead the diff first."


def packed(files: dict[str, str | bytes] | None = None, **options: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", options.get("compression", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in (files or {"SKILL.md": MANUAL}).items():
            archive.writestr(zipfile.ZipInfo(name), content, options.get("compression", zipfile.ZIP_DEFLATED))
    return buffer.getvalue()


def push(artifact: bytes, name: str = "Reviewing", **fields: str) -> PushSkillRequest:
    return PushSkillRequest(name=name, artifact=artifact, **fields)  # type: ignore[arg-type]


def corrupt() -> bytes:
    raw = bytearray(packed({"SKILL.md": MANUAL}, compression=zipfile.ZIP_STORED))
    raw[raw.index(b"Reviewing")] ^= 0xFF
    return bytes(raw)


def link() -> bytes:
    entry = zipfile.ZipInfo("passwd")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    buffer = io.BytesIO(packed())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def encrypted() -> bytes:
    raw = bytearray(packed())
    raw[6] |= 1  # the flag in the local header, and in the directory
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def twice() -> bytes:
    buffer = io.BytesIO(packed({"SKILL.md": MANUAL, "a.txt": "1"}))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("A.TXT", "2")
    return buffer.getvalue()


# How to make it, and what the refusal says.
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "not a zip file"),
    "cut off": (lambda: packed()[:-10], "not a zip file"),
    "corrupt": (corrupt, "not a zip file"),
    "no manual": (lambda: packed({"README.md": "x"}), "no SKILL.md"),
    "manual below": (lambda: packed({"skill/SKILL.md": "x"}), "pack the contents, not the directory"),
    "empty manual": (lambda: packed({"SKILL.md": " \n"}), "is empty"),
    "binary manual": (lambda: packed({"SKILL.md": b"\xff\xfe"}), "not UTF-8"),
    "long manual": (lambda: packed({"SKILL.md": "x" * 1_048_577}), "1048577 bytes"),
    "traversal": (lambda: packed({"SKILL.md": MANUAL, "../../evil": "x"}), "outside"),
    "absolute": (lambda: packed({"SKILL.md": MANUAL, "/etc/evil": "x"}), "outside"),
    "windows": (lambda: packed({"SKILL.md": MANUAL, "..\\evil": "x"}), "outside"),
    "drive": (lambda: packed({"SKILL.md": MANUAL, "C:evil": "x"}), "outside"),
    "link": (link, "link"),
    "encrypted": (encrypted, "encrypted"),
    "twice": (twice, "twice"),
    "bomb": (lambda: packed({"SKILL.md": MANUAL, "zeros": bytes(60_000_000)}), "zip bomb"),
    "many": (lambda: packed({"SKILL.md": MANUAL} | {f"{n}": "" for n in range(10_000)}), "10001 files"),
}
