"""`stigmer skill push`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from devloop.cli.connect import BackendChoice
from devloop.cli.opened import opened
from devloop.cli.skill import calls
from devloop.cli.skill.at_backend import SHORT, told, with_backend
from devloop.cli.skill.ready import ReadySkill
from devloop.render.errors import error_block, warning
from devloop.render.output import Output
from devloop.terminal.standard import narrate
from devloop.terminal.stream import Terminal, standard_terminals
from runcmd.backend.skills import pushed
from runcmd.errors import EXIT_OK, RunError
from stigmer_api.slugs import server_slug

SHOWN_FILES = 40


def push(
    directory: Path, name: str, tag: str, org: str, server: str, output: Output, *, dry_run: bool
) -> int:
    """The exit status."""
    if output.for_people:
        narrate()
    out, err = standard_terminals()
    try:
        ready = ReadySkill(directory, name, tag)
        if output.for_people:
            _describe(out, ready, whole=dry_run)
            for doubt, hint in ready.doubts():
                warning(err, doubt, hint)
        if dry_run:
            return _dry_run(out, ready, output)
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    return with_backend(server, org, partial(_push, ready, output))


async def _push(ready: ReadySkill, output: Output, choice: BackendChoice) -> int:
    out, _ = standard_terminals()
    async with opened(choice) as backend:
        before = await calls.current(backend, server_slug(ready.name), choice.org)
        after = await pushed(backend, ready.name, choice.org, ready.artifact, ready.tag)
    same = before is not None and before.status.version_hash == after.status.version_hash
    status = (
        "unchanged"
        if same and before and before.spec.tag == after.spec.tag
        else ("updated" if before else "created")
    )
    if output is Output.JSON:
        out.record(json.dumps({**told(after), "status": status}, ensure_ascii=False))
    elif output is Output.QUIET:
        out.line(after.status.version_hash)
    else:
        out.good(
            f"{after.metadata.name} is {status}: version {after.status.version_hash[:SHORT]}, tag {ready.tag}"
        )
        slug = after.metadata.slug
        use = f'Skill.organization("{choice.org}", "{slug}")'
        out.line(f"An agent has it with: skills=[{use}]")
    out.flush()
    return EXIT_OK


def _describe(out: Terminal, ready: ReadySkill, *, whole: bool) -> None:
    found = ready.contents
    count = len(found.files)
    out.line(f"{ready.name}: {count} file{'' if count == 1 else 's'}, {_size(found.bytes)}")
    if whole:
        for each in found.files[:SHOWN_FILES]:
            out.line(f"  {each.name}  {_size(each.size)}{', executable' if each.executable else ''}")
        if count > SHOWN_FILES:
            out.line(f"  … and {count - SHOWN_FILES} more")
        for name, reason in found.left_out[:SHOWN_FILES]:
            out.line(f"  without {name}  ({reason})")
    elif found.left_out:
        out.line(f"left out: {len(found.left_out)}; to see them: --dry-run")


def _dry_run(out: Terminal, ready: ReadySkill, output: Output) -> int:
    if output is Output.JSON:
        files = [
            {"name": each.name, "bytes": each.size, "executable": each.executable}
            for each in ready.contents.files
        ]
        left_out = [{"name": name, "reason": reason} for name, reason in ready.contents.left_out]
        told = {
            "name": ready.name,
            "version": ready.version,
            "tag": ready.tag,
            "files": files,
            "left_out": left_out,
        }
        out.record(json.dumps(told, ensure_ascii=False))
    elif output.for_people:
        out.good(f"would be version {ready.version[:SHORT]}, tag {ready.tag}; nothing was pushed")
    else:
        out.line(ready.version)
    out.flush()
    return EXIT_OK


def _size(count: int) -> str:
    if count < 10_000:
        return f"{count:,} bytes"
    return f"{count / 1000:,.1f} KB" if count < 1e6 else f"{count / 1e6:,.1f} MB"
