"""Measure in turns, so that a busy machine is busy for all alike, and print medians and ratios."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def in_turns(
    candidates: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Milliseconds of each candidate, one of each in every round. The first round does not count."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, candidate in candidates.items():
            start = clock()
            candidate()
            if number:
                times[name].append(1000 * (clock() - start))
    return times


def processor_seconds() -> float:
    """Of all commands so far, with the children that they waited for: what a busy machine changes least."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def command(arguments: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> Callable[[], None]:
    """A process from its start to its end."""

    def call() -> None:
        subprocess.run(arguments, cwd=cwd, env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)

    return call


def table(times: Mapping[str, Sequence[float]], base: str = "") -> None:
    """One line each: median, 95th percentile, and the ratio to `base`."""
    width = max(map(len, times))
    for name, values in times.items():
        median = statistics.median(values)
        ratio = f"{median / statistics.median(times[base]):6.2f} x" if base else ""
        print(f"{name:{width}}  p50 {median:8.1f} ms  p95 {percentile(values, 95):8.1f} ms  {ratio}")


def percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
