"""Files that go to an agent with a message: `--attach FILE`, or `@FILE` in the message."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from devloop.cli.here import placed
from runcmd.errors import UsageError
from stigmer_api.attachments import MEDIA, MOST_BYTES, MOST_FILES, TEXT, Attachment

# At the beginning of a word, so that an address of mail is none; with quotes where it has spaces.
MENTION = re.compile(r"""(?:(?<=\s)|^)@(?:"([^"]+)"|([^\s"@]\S*))""")
ENDS = ".,;:!?)"  # of a sentence, not of a name
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
)


def mentioned(message: str) -> list[Path]:
    """The files that a message names with `@`. Words that name no file are words.

    Raises:
        UsageError: the whole message is `@FILE`, and there is no such file.
    """
    found: list[Path] = []
    for match in MENTION.finditer(message):
        text = match[1] or match[2]
        file = next(filter(None, map(_file, (text, text.rstrip(ENDS)))), None)
        if file is not None:
            found.append(file)
        elif match[0] == message.strip():
            raise UsageError(
                f"there is no file {text} to attach",
                code="E1347",
                hint="give the path of one; to say it as it is, write something before it",
            )
    return found


def attachments_of(files: Sequence[Path], content_of: Callable[[Path], bytes]) -> tuple[Attachment, ...]:
    """Their content, each once. Raises UsageError."""
    found = tuple(_read(file, content_of) for file in dict.fromkeys(map(placed, files)))
    if len(found) > MOST_FILES:
        raise UsageError(
            f"{len(found)} files are too many: at most {MOST_FILES} can be attached", code="E1348"
        )
    if (size := sum(len(each.data) for each in found)) > MOST_BYTES:
        raise UsageError(
            f"the attached files have {size / (1 << 20):.1f} MiB, and {MOST_BYTES >> 20} MiB can be attached",
            code="E1348",
            hint="make the pictures smaller, or attach fewer",
        )
    return found


def kind_of(data: bytes) -> str | None:
    """Its media type, by how it begins; `text/plain` for any text; None: an agent cannot be given it."""
    for beginning, kind in BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12])
    return TEXT if _is_text(data) else None


def _read(file: Path, content_of: Callable[[Path], bytes]) -> Attachment:
    try:
        data = content_of(file)
    except OSError as error:
        raise UsageError(
            f"cannot attach {file}: {error.strerror or error}", code="E1347", hint="give the path of a file"
        ) from error
    kind = kind_of(data)
    if kind is None or not data:
        what = "neither text nor a picture, sound or PDF that is known" if data else "empty"
        raise UsageError(
            f"cannot attach {file}: it is {what}",
            code="E1348",
            hint=f"text, and {', '.join(each.partition('/')[2] for each in MEDIA)} can be attached",
        )
    return Attachment(file.name, kind, data)


def _file(text: str) -> Path | None:
    try:
        path = placed(Path(text).expanduser())
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
