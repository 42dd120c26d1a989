"""`stigmer backend status`: which backend a run would use here, why, and whether it answers."""

from __future__ import annotations

import json
import os

import anyio

from devloop.cli.backend.survey import Survey, survey
from devloop.cli.connect import BackendChoice, Where, choose_backend
from devloop.cli.here import placed_address
from devloop.render.errors import error_block
from devloop.render.output import Output
from devloop.terminal.stream import Style, Terminal, standard_terminals
from runcmd.backend.address import Address
from runcmd.errors import EXIT_OK, BackendError, RunError
from runcmd.frozen import Frozen
from stigmer_api.config_file import config_file

NAMES = {
    Where.REMOTE: "a server that you named",
    Where.CLOUD: "cloud",
    Where.DAEMON: "local, the included one",
}
KINDS = {Where.REMOTE: "server", Where.CLOUD: "cloud", Where.DAEMON: "local"}


class Found(Frozen):
    """The backend of a run in this shell."""

    choice: BackendChoice
    because: str
    address: str
    answer: Survey | None = None  # None: it does not run, or `error` says why not
    error: RunError | None = None

    @property
    def runs(self) -> bool:
        return self.answer is not None


def status(server: str, output: Output) -> int:
    """The exit status: 4 if a run could not reach it."""
    out, err = standard_terminals()
    try:
        found = look(server)
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    if output is Output.JSON:
        out.record(json.dumps(_told(found), ensure_ascii=False))
    else:
        _show(out, found)
    out.flush()
    if found.error is None:
        return EXIT_OK
    if output is not Output.JSON:
        error_block(err, found.error.message, found.error.hint, code=found.error.code)
    return found.error.exit_code


def look(server: str = "") -> Found:
    """Starts nothing. Raises UsageError for settings that choose none."""
    choice = choose_backend(
        server=placed_address(server), environ=os.environ, config=config_file(), needs_org=False
    )
    because = why(choice, server)
    try:
        address = _address(choice)
        if address is None:
            return Found(choice=choice, because=because, address="")
        answer = anyio.run(survey, address)
    except BackendError as error:
        return Found(choice=choice, because=because, address=choice.target, error=error)
    return Found(choice=choice, because=because, address=address.target, answer=answer)


def why(choice: BackendChoice, server: str) -> str:
    """What chose it."""
    if server:
        return "--server"
    if choice.where is Where.REMOTE:
        return "STIGMER_SERVER_ADDR"
    file = config_file()
    if choice.where is Where.CLOUD:
        return f"backend.type in {file}"
    return "the default: nothing names another"


def _address(choice: BackendChoice) -> Address | None:
    """None: the local backend does not run. Raises BackendError."""
    from stigmerd.daemon import client
    from stigmerd.daemon.client import DaemonError, DaemonPlace

    if choice.where is not Where.DAEMON:
        return Address(target=choice.target, token=choice.token, tls=choice.tls)
    try:
        running = client.status(DaemonPlace.of())
    except DaemonError as error:
        raise BackendError(error.message, code=error.code, hint=error.hint) from error
    if running is None:
        return None
    return Address(target=running.address, description="local backend")


def _show(out: Terminal, found: Found) -> None:
    out.line(f"Backend: {NAMES[found.choice.where]}")
    out.line(f"Because of: {found.because}")
    if found.address:
        tls = ", with TLS" if found.choice.tls else ""
        token = ", with a token" if found.choice.token is not None else ""
        out.line(f"Address: {found.address}{tls}{token}")
    if found.choice.where is not Where.DAEMON:
        out.line(f"Organization: {found.choice.org or 'none is set: give --org'}")
    if found.choice.warning:
        out.line(f"Warning: {found.choice.warning}", Style.WARN)
    if found.answer is not None:
        _show_answer(out, found.answer)
    elif found.error is None:
        out.line("It does not run; it starts with the first run, or with: stigmer server start")


def _show_answer(out: Terminal, answer: Survey) -> None:
    if answer.version:
        running = "1 execution runs" if answer.running == 1 else f"{answer.running} executions run"
        out.good(f"It answers (version {answer.version}, process {answer.pid}, {running})")
        if answer.data_dir:
            out.line(f"Data: {answer.data_dir}")
    else:
        out.good("It answers: a Stigmer server, which does not say its version")
    out.line("Beyond deploying, running and following, it can:")
    for words, able in answer.abilities.items():
        sign, text = ("✓", "yes") if able else ("✗", "no")
        out.line(f"  {out.icon(sign)}{words}{'' if out.can_show(sign) else f': {text}'}")


def _told(found: Found) -> dict[str, object]:
    answer, error = found.answer, found.error
    return {
        "backend": KINDS[found.choice.where],
        "because": found.because,
        "address": found.address,
        "tls": found.choice.tls,
        "token": found.choice.token is not None,
        "organization": found.choice.org,
        "runs": found.runs,
        "version": answer.version if answer else "",
        "executions_running": answer.running if answer else 0,
        "abilities": dict(answer.abilities) if answer else {},
        "error": {"message": error.message, "hint": error.hint, "code": error.code} if error else None,
    }
