"""Transcripts and reports of a command: fed with what its screen is fed with."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from devloop.loop.events import LoopEvent, RunSuperseded
from devloop.render.artifacts.files import ensure_writable, replace_file
from devloop.render.artifacts.report import ReportedRun, RunReport, RunSoFar
from devloop.render.artifacts.transcript import Transcript
from devloop.render.artifacts.wanted import WantedReport
from devloop.render.choose import masked
from devloop.render.jsonl import json_line
from devloop.render.mask import Secrets
from devloop.render.renderer import Renderer
from runcmd.events import Event, RunFinished
from stigmer_api.version import VERSION

RunOf = tuple[int | None, str]  # the generation, of a watch loop, and the target


class Artifacts:
    """Nothing that goes wrong with them ends a run: it is said once for each file."""

    def __init__(
        self,
        transcript: Path | None,
        reports: Sequence[WantedReport],
        complain: Callable[[str], object],
        *,
        asked: str = "",
        goes_on: bool = False,
    ) -> None:
        """Nothing is written yet.

        Args:
            complain: says what went wrong.
            asked: what runs, if it is only one thing, and named.
            goes_on: a loop: its reports say how the newest run of each target ended.

        Raises:
            UsageError: a file that cannot be written.
        """
        if transcript is not None:
            ensure_writable(transcript, "the transcript")
        for each in reports:
            ensure_writable(each.file, "the report")
        self._transcript = Transcript(transcript) if transcript is not None else None
        self._file = transcript
        self._reports = list(reports)
        self._complain = complain
        self.asked = asked
        self._goes_on = goes_on
        self._secrets: frozenset[str] = frozenset()
        self._began = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._clock = time.monotonic()
        self._runs: dict[RunOf, Renderer] = {}
        self._outdated: set[RunOf] = set()
        self._ended: dict[str, ReportedRun] = {}

    def hide(self, values: Collection[str]) -> None:
        """Masks these values from now on."""
        self._secrets |= frozenset(values)

    def beside(self, renderer: Renderer) -> Renderer:
        """Shows a run as that renderer does, and keeps it."""
        return _Both(renderer, self)

    def show(self, event: Event, target: str = "", gen: int | None = None) -> None:
        """An event of a run."""
        run = gen, target
        if run not in self._runs:
            self._runs[run] = masked(_Kept(self, run), self._secrets)
        self._runs[run].show(event)
        if isinstance(event, RunFinished):
            self._runs.pop(run).close()
            self._outdated.discard(run)

    def complete(self, results: Mapping[str, RunFinished]) -> None:
        """How all of several runs ended, in their order; those too that never began."""
        for target in results.keys() - self._ended.keys():
            self.show(results[target], target)
        self._ended = {target: self._ended[target] for target in results}

    def emit(self, event: LoopEvent) -> None:
        """An event of the loop itself."""
        if isinstance(event, RunSuperseded):
            self._outdated.add((event.gen, event.target))
        self.write(json_line(Secrets(self._secrets).value(event), {}))

    def write(self, line: str) -> None:
        """Into the transcript; its texts are masked already."""
        if self._transcript is None:
            return
        try:
            self._transcript.add(line)
        except OSError as error:
            self._transcript = None
            self._complain(f"the transcript {self._file} ends here: {error.strerror}")

    def ended(self, run: RunOf, result: ReportedRun) -> None:
        """How a run ended; its texts are masked already."""
        if run in self._outdated:
            return
        self._ended[result.target] = result
        if self._goes_on:
            self._report(None)

    def close(self, status: int) -> None:
        """The command is over, with this exit status."""
        if self._transcript is not None:
            self._transcript.close()
        self._report(status)

    def _report(self, status: int | None) -> None:
        report = RunReport(
            tool=f"stigmer-devloop {VERSION}",
            began=self._began,
            seconds=round(time.monotonic() - self._clock, 3),
            exit_code=status,
            runs=tuple(self._ended.values()),
        )
        for each in list(self._reports):
            try:
                replace_file(each.file, each.text(report))
            except OSError as error:
                self._reports.remove(each)
                self._complain(f"cannot write the report {each.file}: {error.strerror}")


class _Kept:
    """One run, without secrets."""

    def __init__(self, artifacts: Artifacts, run: RunOf) -> None:
        gen, target = run
        self._artifacts = artifacts
        self._run = run
        self._common: dict[str, object] = {} if gen is None else {"gen": gen}
        if target:
            self._common["target"] = target
        self._so_far = RunSoFar(target=target or artifacts.asked)

    def show(self, event: Event) -> None:
        self._artifacts.write(json_line(event, self._common))
        if result := self._so_far.see(event):
            self._artifacts.ended(self._run, result)

    def close(self) -> None:
        pass


class _Both:
    def __init__(self, renderer: Renderer, artifacts: Artifacts) -> None:
        self._renderer = renderer
        self._artifacts = artifacts

    def show(self, event: Event) -> None:
        self._artifacts.show(event)
        self._renderer.show(event)

    def close(self) -> None:
        self._renderer.close()
