"""The daemon's log: one file, and some before it."""

from __future__ import annotations

import logging
import os
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from stigmerd.store.secret_files import open_log

MAX_BYTES = 5 * 1024 * 1024
KEPT_FILES = 3


def write_logs_to(path: Path) -> None:
    for earlier in path.parent.glob(f"{path.name}.*"):
        earlier.chmod(0o600)
    handler = Rotating(path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for talkative in ("httpx2", "httpcore2"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    handler.take_standard_streams()


class Rotating(RotatingFileHandler):
    """Standard output and error go to the current file too: what libraries write there must not be lost."""

    def _open(self) -> TextIOWrapper:
        return open_log(Path(self.baseFilename))

    def doRollover(self) -> None:  # noqa: N802 - the base class's name
        super().doRollover()
        self.take_standard_streams()

    def take_standard_streams(self) -> None:
        if self.stream is not None:
            os.dup2(self.stream.fileno(), 1)
            os.dup2(self.stream.fileno(), 2)
