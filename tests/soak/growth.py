"""How the database grows with what is executed, and what is left of it when that is forgotten."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

DATABASE = "stigmerd.db"
KEPT = 10  # executions, at the end
# An execution of the second part may take a little more than one of the first: indexes get deeper.
GROWTH_FACTOR, PRUNED_FACTOR = 1.5, 2.0
SLACK_BYTES = 512 << 10  # deployments, and pages that are not full


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """At one moment."""

    at: float
    executions: int
    used_bytes: int  # without pages that are free
    file_bytes: int  # of the database and its log


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """From the first executions to the last, and after almost all were forgotten."""

    first: Size
    middle: Size
    last: Size
    pruned: Size

    @property
    def faults(self) -> list[str]:
        found = []
        early, late = per_execution(self.first, self.middle), per_execution(self.middle, self.last)
        more = (self.last.executions - self.middle.executions) * (late - GROWTH_FACTOR * early)
        if more > SLACK_BYTES:
            found.append(f"database: {late:,.0f} bytes for an execution, before it was {early:,.0f}")
        share = per_execution(self.first, self.last) * self.pruned.executions
        bound = self.first.used_bytes + PRUNED_FACTOR * share + SLACK_BYTES
        for what, size in (("used", self.pruned.used_bytes), ("on the disk", self.pruned.file_bytes)):
            if size > bound:
                kept = self.pruned.executions
                found.append(f"database: {size:,} bytes {what} for {kept} executions, at most {bound:,.0f}")
        if self.pruned.executions > KEPT:
            found.append(f"database: {self.pruned.executions} executions instead of {KEPT} are kept")
        return found

    def __str__(self) -> str:
        hours = (self.last.at - self.first.at) / 3600
        grown = self.last.used_bytes - self.first.used_bytes
        return (
            f"database {self.last.file_bytes / 1e6:.1f} MB after {self.last.executions} executions "
            f"({per_execution(self.first, self.last) / 1e3:.1f} kB each, {grown / 1e6 / hours:.0f} MB/h), "
            f"{self.pruned.file_bytes / 1e6:.1f} MB with {self.pruned.executions} of them"
        )


def per_execution(before: Size, after: Size) -> float:
    return (after.used_bytes - before.used_bytes) / max(after.executions - before.executions, 1)


def size_of(data: Path) -> Size:
    with closing(sqlite3.connect(data / DATABASE)) as database:
        pages, free, page_bytes = (
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        executions = database.execute("SELECT count(*) FROM resources WHERE kind IN (41, 52)").fetchone()[0]
    return Size(
        at=time.monotonic(),
        executions=executions,
        used_bytes=(pages - free) * page_bytes,
        file_bytes=sum(each.stat().st_size for each in data.glob(f"{DATABASE}*") if "-shm" not in each.name),
    )
