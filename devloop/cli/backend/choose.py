"""`stigmer backend set`: writes which backend all runs use."""

from __future__ import annotations

import os
from collections.abc import Mapping

from devloop.cli.config import CLOUD_ENDPOINT
from devloop.cli.connect import parse_address
from devloop.cli.settings.ask import ask_if_any, from_file
from devloop.cli.settings.edit import value_at, with_value
from devloop.cli.settings.file import change, settings
from devloop.cli.settings.names import setting_named
from devloop.cli.settings.values import Value, value_of
from devloop.render.errors import error_block, warning
from devloop.terminal.stream import Terminal, standard_terminals
from runcmd.errors import EXIT_OK, RunError, UsageError

TOKEN = ("backend", "cloud", "token")


def set_local() -> int:
    """The exit status."""
    return _performed({"backend.type": "local"}, "local, the included one")


def set_cloud(endpoint: str, org: str, token: str, token_file: str) -> int:
    """Where there is no token yet, somebody who can answer is asked for it. The exit status."""
    out, err = standard_terminals()
    try:
        given = _token(out, token, token_file)
        if endpoint:
            _, tls = parse_address(endpoint, "--endpoint")
            if "://" in endpoint and not tls:
                raise UsageError(
                    "--endpoint: the cloud backend is reached with TLS only",
                    code="E0106",
                    hint="for a server without TLS: STIGMER_SERVER_ADDR or --server",
                )
        where = endpoint or value_at(settings(), ("backend", "cloud", "endpoint")) or CLOUD_ENDPOINT
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    wanted = {
        "backend.type": "cloud",
        "backend.cloud.endpoint": endpoint,
        "backend.cloud.org_id": org,
        "backend.cloud.token": given,
    }
    return _performed({name: text for name, text in wanted.items() if text != ""}, f"cloud, at {where}")


def _token(out: Terminal, token: str, token_file: str) -> str:
    """Empty: the one that is set stays."""
    if token != "" and token_file != "":
        raise UsageError(
            "--token and --token-file cannot be used together", code="E0102", hint="leave one of them out"
        )
    if token_file != "":
        return from_file(token_file, "token")
    if token != "":
        warning(
            standard_terminals()[1],
            "the token is in your shell's history now",
            "next time leave --token out, and you are asked; or use --token-file",
        )
        return token
    return ask_if_any("token") if value_at(settings(), TOKEN) is None else ""


def _performed(wanted: Mapping[str, str], words: str) -> int:
    out, err = standard_terminals()
    try:
        values: dict[tuple[str, ...], Value] = {}
        for name, text in wanted.items():
            setting = setting_named(name)
            values[setting.path] = value_of(setting, [text])

        def edited(text: str) -> str:
            for path, value in values.items():
                text = with_value(text, path, value)
            return text

        file = change(edited, "the backend")
        out.good(f"Runs use this backend now: {words}")
        out.line(f"It is in {file}")
        if wanted["backend.type"] == "cloud" and value_at(settings(), TOKEN) is None:
            out.line("There is no token: if it asks for one, stigmer backend set cloud --token-file FILE")
        if os.environ.get("STIGMER_SERVER_ADDR", "").strip():
            out.line("In this shell, STIGMER_SERVER_ADDR is set, and wins: unset STIGMER_SERVER_ADDR")
        out.line("To see whether it answers: stigmer backend status")
        out.flush()
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    return EXIT_OK
