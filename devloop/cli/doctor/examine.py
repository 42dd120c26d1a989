"""All checks, one after the other, shown as they are made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from devloop.cli.doctor.finding import Finding, Severity
from devloop.render.output import Output
from devloop.terminal.cells import wrapped
from devloop.terminal.stream import Style, Terminal, columns_of, standard_terminals
from runcmd.errors import EXIT_FAILED, EXIT_OK

SIGNS = {Severity.GOOD: "✓", Severity.WARNING: "⚠", Severity.BAD: "✗"}
WORDS = {Severity.GOOD: "ok", Severity.WARNING: "warning", Severity.BAD: "problem"}
STYLES = {Severity.GOOD: Style.GOOD, Severity.WARNING: Style.WARN, Severity.BAD: Style.BAD}


def examine(project: Path | None, server: str, output: Output, *, trust: bool) -> int:
    """The exit status: 1 if there is a problem; warnings are none."""
    out, _ = standard_terminals()
    found: list[Finding] = []
    for each in _once(_all(project, server, trust=trust)):
        if output.for_people:
            _show(out, each, heading=not found or found[-1].area != each.area)
        found.append(each)
    counts = Counter(each.health for each in found)
    match output:
        case Output.JSON:
            out.record(json.dumps(_told(found, counts), ensure_ascii=False))
        case Output.QUIET:
            for each in found:
                if each.health is not Severity.GOOD:
                    out.line(f"{each.area}: {each.text}")
        case _:
            _sum_up(out, counts)
    out.flush()
    return EXIT_FAILED if counts[Severity.BAD] else EXIT_OK


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A broken file is in the way of several things; once is enough."""
    seen: set[str] = set()
    for each in findings:
        if each.text not in seen:
            seen.add(each.text)
            yield each


def _all(given: Path | None, server: str, *, trust: bool) -> Iterator[Finding]:
    # Imported one by one: the first findings are on the screen while the next ones are looked for.
    from devloop.cli.doctor.installation import installation

    yield from installation()
    from devloop.cli.doctor.project import look_at

    looked = look_at(given, trust=trust)
    yield from looked.findings
    from devloop.cli.doctor.backend import backend

    yield from backend(server)
    from devloop.cli.doctor.models import models

    yield from models(looked.manifest)
    from devloop.cli.doctor.servers import servers

    yield from servers(looked.project, looked.manifest)
    from devloop.cli.doctor.watching import watching

    yield from watching(looked.project)
    from devloop.cli.doctor.machine import machine

    yield from machine(looked.project)


def _show(out: Terminal, finding: Finding, *, heading: bool) -> None:
    if heading:
        out.line(finding.area, Style.BOLD)
    sign = SIGNS[finding.health]
    lead = f"  {sign} " if out.can_show(sign) else f"  {WORDS[finding.health]}: "
    style = None if finding.health is Severity.GOOD else STYLES[finding.health]
    for at, line in enumerate(wrapped(f"{lead}{finding.text}", columns_of(out))):
        out.line(line if at == 0 else f"    {line.strip()}", style)
    if finding.health is not Severity.GOOD and finding.next:
        out.line(f"    {out.icon('→')}{finding.next}")
    out.flush()


def _sum_up(out: Terminal, counts: Counter[Severity]) -> None:
    problems, warnings = counts[Severity.BAD], counts[Severity.WARNING]
    out.line()
    if not problems and not warnings:
        out.good("nothing is in the way of a run")
        return
    parts = [_counted(problems, "problem"), _counted(warnings, "warning")]
    style = Style.BAD if problems else Style.WARN
    out.line(", ".join(part for part in parts if part), style)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}" if count else ""


def _told(found: list[Finding], counts: Counter[Severity]) -> dict[str, object]:
    return {
        "problems": counts[Severity.BAD],
        "warnings": counts[Severity.WARNING],
        "findings": [
            {
                "area": each.area,
                "verdict": each.health.value,
                "text": each.text,
                "next": each.next,
                "code": each.code,
            }
            for each in found
        ],
    }
