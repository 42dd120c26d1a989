"""The figures of faults: kills, secrets, full disks, starts at once, escapes, programs and archives."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random, randrange

from tests.faults.archives import skill_archives
from tests.faults.disks import full_disks
from tests.faults.escapes import terminal_escapes
from tests.faults.figure import Figure
from tests.faults.helpers import helper_kills
from tests.faults.kills import backend_kills
from tests.faults.planted import planted_secrets
from tests.faults.sandbox import jq_sandbox
from tests.faults.starts import parallel_starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How much of each."""

    seed: int
    kills: int = 40
    helpers: int = 60
    disks: int = 5
    starts: int = 30

    @classmethod
    def of(cls, environ: dict[str, str]) -> Setting:
        usual = cls(seed=randrange(1_000_000))
        return cls(
            seed=int(environ.get("FAULTS_SEED", usual.seed)),
            kills=int(environ.get("FAULTS_KILLS", usual.kills)),
            helpers=int(environ.get("FAULTS_HELPERS", usual.helpers)),
            disks=int(environ.get("FAULTS_DISKS", usual.disks)),
            starts=int(environ.get("FAULTS_STARTS", usual.starts)),
        )

    def __str__(self) -> str:
        return (
            f"FAULTS_SEED={self.seed} FAULTS_KILLS={self.kills} FAULTS_HELPERS={self.helpers} "
            f"FAULTS_DISKS={self.disks} FAULTS_STARTS={self.starts}"
        )


def figures(setting: Setting) -> Iterator[Figure]:
    """One after the other; each has chance of its own, so that one can be tried again alone."""
    parts: dict[str, Callable[[Random], Figure]] = {
        "kills": lambda random: backend_kills(setting.kills, random),
        "helpers": lambda random: helper_kills(setting.helpers, random),
        "planted": planted_secrets,
        "disks": lambda random: full_disks(setting.disks, random),
        "starts": lambda _: parallel_starts(setting.starts),
        "escapes": lambda _: terminal_escapes(),
        "sandbox": lambda _: jq_sandbox(),
        "archives": lambda _: skill_archives(),
    }
    for name, part in parts.items():
        yield part(Random(f"{setting.seed} {name}"))


def main() -> int:
    setting = Setting.of(dict(os.environ))
    print(setting, flush=True)
    began, failed = time.monotonic(), 0
    for figure in figures(setting):
        print(figure, flush=True)
        failed += bool(figure.violations)
    print(f"{time.monotonic() - began:.0f} s, {failed} with violations; requests of all kinds: make fuzz")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
