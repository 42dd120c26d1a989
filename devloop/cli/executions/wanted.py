"""The options of `stigmer executions list`, and what they ask for."""

from __future__ import annotations

import difflib
from datetime import datetime, timedelta
from typing import Final

from devloop.cli.durations import seconds_of
from devloop.render.output import Output
from runcmd.errors import UsageError
from runcmd.events import Phase
from runcmd.frozen import Frozen
from runcmd.history.past import Wanted

PHASES: Final = {
    "pending": (Phase.PENDING,),
    "running": (Phase.PENDING, Phase.IN_PROGRESS),
    "in_progress": (Phase.IN_PROGRESS,),
    "completed": (Phase.COMPLETED,),
    "failed": (Phase.FAILED,),
    "cancelled": (Phase.CANCELLED,),
    "ended": (Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED),
}
OTHER_WORDS: Final = {
    "succeeded": "completed",
    "canceled": "cancelled",
    "error": "failed",
    "done": "completed",
}


class ListFlags(Frozen):
    """As they were given."""

    count: int = 20
    all: bool = False
    status: tuple[str, ...] = ()
    name: str = ""
    since: str = ""
    text: str = ""
    nested: bool = False
    server: str = ""
    output: Output = Output.AUTO

    @property
    def filters(self) -> bool:
        """Nested executions are looked for, too."""
        return bool(self.status or self.name or self.text)


def wanted_by(flags: ListFlags, now: datetime) -> Wanted:
    """Raises UsageError."""
    return Wanted(
        phases=tuple(dict.fromkeys(phase for words in flags.status for phase in _phases(words))),
        target_part=flags.name,
        since=since(flags.since, now) if flags.since != "" else None,
        text=flags.text,
        top_only=not flags.filters,
    )


def since(text: str, now: datetime) -> datetime:
    """`2h` before now, or a day or a time, which is local unless it names its zone. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    try:
        if moment is not None:
            return moment.astimezone()
        return now - timedelta(seconds=seconds_of("--since", text))
    except (UsageError, OverflowError, OSError) as error:
        raise UsageError(
            f'--since: "{text}" is neither a duration nor a day',
            code="E0105",
            hint="write 2h, 30m, 2026-11-01 or 2026-11-01T15:30",
        ) from error


def _phases(words: str) -> list[Phase]:
    found: list[Phase] = []
    for word in words.split(","):
        name = word.strip().casefold().replace("-", "_").replace(" ", "_")
        name = OTHER_WORDS.get(name, name)
        if name not in PHASES:
            near = difflib.get_close_matches(name, PHASES, n=1)
            raise UsageError(
                f'--status: there is no status "{word.strip()}"',
                code="E0151",
                hint=f"did you mean {near[0]}?" if near else f"one of: {', '.join(PHASES)}",
            )
        found += PHASES[name]
    return found
