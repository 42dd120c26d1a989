"""What was checked before and found to be good, by its content: checking it again would take time."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from stigmer_api.config_file import stigmer_home
from stigmer_api.version import VERSION

FILE = "checked"
MOST = 1000  # contents
DIGEST = 16  # bytes


class KnownGood:
    """A file with a digest in each line. It only saves time: nothing is lost if it cannot be used."""

    def __init__(self, file: Path | None = None) -> None:
        data = os.environ.get("STIGMER_DATA_DIR")
        self._file = file or Path(os.path.expanduser(data) if data else stigmer_home()) / FILE  # noqa: PTH111
        self._digests: list[str] | None = None

    def has(self, kind: str, content: str) -> bool:
        return _digest(kind, content) in self._known()

    def add(self, kind: str, content: str) -> None:
        self._digests = [*self._known(), _digest(kind, content)][-MOST:]
        beside = self._file.with_name(f".{FILE}.{os.getpid()}.tmp")
        with suppress(OSError):
            beside.write_text("".join(f"{each}\n" for each in self._digests))
            beside.replace(self._file)

    def _known(self) -> list[str]:
        if self._digests is None:
            self._digests = []
            with suppress(OSError, ValueError):
                self._digests = self._file.read_text().split()
        return self._digests


def _digest(kind: str, content: str) -> str:
    """Another version may look at more."""
    text = "\0".join((VERSION, kind, content))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=DIGEST).hexdigest()
