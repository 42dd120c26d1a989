"""`--report junit=PATH`: a test case for each target, as Jenkins, GitLab and GitHub read it."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from devloop.render.artifacts.report import ReportedRun, RunReport
from devloop.terminal.visible import harmless
from runcmd.errors import EXIT_TIMEOUT
from runcmd.events import Outcome

NOTHING_RAN = "deploy"  # the test case of a command that came to no target


def junit(report: RunReport) -> str:
    """The whole file."""
    suite = TestSuite("stigmer run")
    suite.timestamp = report.began.removesuffix("Z")
    for run in report.runs:
        suite.add_testcase(_case(run))
    suite.update_statistics()  # type: ignore[no-untyped-call]
    xml = JUnitXml("stigmer run")
    xml.add_testsuite(suite)
    xml.update_statistics()  # type: ignore[no-untyped-call]
    xml.time = suite.time = round(report.seconds, 3)  # runs go on at the same time
    text: bytes = xml.tostring()  # type: ignore[no-untyped-call]
    return text.decode("utf-8") + "\n"


def _case(run: ReportedRun) -> TestCase:
    kind = run.kind.value if run.kind else "project"
    case = TestCase(_clean(run.target or run.name or NOTHING_RAN), f"stigmer.{kind}")
    case.time = round(run.seconds or 0, 3)
    if verdict := _verdict(run):
        case.result = [verdict]
    case.system_out = _clean("\n".join(_lines(run)))
    return case


def _verdict(run: ReportedRun) -> Failure | Error | Skipped | None:
    match run.outcome:
        case Outcome.SUCCEEDED:
            return None
        case _ if run.exit_code == EXIT_TIMEOUT:
            verdict: Failure | Error = Failure(_clean(run.error or "timeout"), "timeout")
        case Outcome.DETACHED:
            return Skipped(f"not followed: {run.execution}")
        case Outcome.CANCELLED if not run.execution:
            return Skipped("cancelled before it began")
        case Outcome.ERROR:
            verdict = Error(_clean(run.error), run.facts.get("code", "error"))
        case Outcome.CANCELLED:
            verdict = Failure(_clean(run.error or "cancelled"), "cancelled")
        case Outcome.FAILED:
            verdict = Failure(_clean(run.error), run.facts.get("code", "failed"))
    said = [run.error, *run.details, *(f"{each.file}:{each.line}: {each.message}" for each in run.mistakes)]
    said += [f"{each.task} failed: {each.error}" for each in run.tasks if each.error]
    verdict.text = _clean("\n".join(filter(None, [*dict.fromkeys(said), run.hint])))
    return verdict


def _lines(run: ReportedRun) -> list[str]:
    lines = [f"Execution ID: {run.execution}"] if run.execution else []
    lines += [f"warning: {each}" for each in run.warnings]
    lines += [f"task {each.task}: {each.state.value}" for each in run.tasks]
    lines += [f"tool {each.name}: {each.state.value}" for each in run.tool_calls]
    return [*lines, *([run.answer] if run.answer else [])]


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return harmless(text).encode("utf-8", "backslashreplace").decode()
