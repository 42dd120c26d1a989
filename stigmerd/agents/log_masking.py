"""Masks secrets in the log of the agent process."""

from __future__ import annotations

import logging
from collections import deque

from stigmer_api.masking import Masker

REMEMBERED = 50  # executions: what fails may be noticed only after its end


class MaskingFormatter(logging.Formatter):
    """Masks the secrets of the last executions in each line and traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s %(levelname)s %(message)s")
        self._maskers: deque[Masker] = deque(maxlen=REMEMBERED)

    def knows(self, masker: Masker) -> None:
        if masker not in self._maskers:
            self._maskers.append(masker)

    def format(self, record: logging.LogRecord) -> str:
        """With the traceback."""
        text = super().format(record)
        for masker in self._maskers:
            text = masker.text(text)
        return text
