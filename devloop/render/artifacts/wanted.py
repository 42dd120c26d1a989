"""`--report FORM=PATH`: what may be written there, and how it is made of the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from devloop.render.artifacts.report import RunReport
from devloop.render.jsonl import plain_value
from runcmd.errors import UsageError
from runcmd.frozen import Frozen
from runcmd.resolve import did_you_mean


class WantedReport(Frozen):
    """One `--report`."""

    form: str
    file: Path

    def text(self, report: RunReport) -> str:
        """What the file is to hold."""
        return FORMS[self.form](report)


def wanted_reports(texts: Iterable[str]) -> tuple[WantedReport, ...]:
    """Raises UsageError for what is no `FORM=PATH`, and for one file that is to hold two reports."""
    wanted = tuple(_wanted(text) for text in texts)
    files = [each.file for each in wanted]
    for each in files:
        if files.count(each) > 1:
            raise UsageError(f"two reports into {each}", code="E0102", hint="give each a file of its own")
    return wanted


def _wanted(text: str) -> WantedReport:
    form, equals, path = text.partition("=")
    if form not in FORMS:
        forms = " or ".join(f"{each}=PATH" for each in FORMS)
        near = did_you_mean(form, FORMS)
        raise UsageError(f"--report {text}: no such form of a report", code="E0191", hint=near or forms)
    if not equals or not path:
        raise UsageError(f"--report {text} names no file", code="E0191", hint=f"write {form}=PATH")
    return WantedReport(form=form, file=Path(path).expanduser().absolute())


def _json(report: RunReport) -> str:
    return json.dumps(plain_value(report), indent=2, ensure_ascii=False) + "\n"


def _junit(report: RunReport) -> str:
    from devloop.render.artifacts.junit import junit

    return junit(report)


FORMS: Mapping[str, Callable[[RunReport], str]] = {"junit": _junit, "json": _json}
