"""`stigmer config get`, `set`, `unset`, `list` and `path`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from devloop.cli.settings.edit import value_at, with_value, without
from devloop.cli.settings.file import change, settings
from devloop.cli.settings.names import (
    Setting,
    all_settings,
    setting_named,
    setting_or_block,
    settings_in,
)
from devloop.cli.settings.values import HIDDEN, shown, value_of
from devloop.render.errors import error_block, warning
from devloop.render.output import Output
from devloop.render.table import show_table
from devloop.terminal.stream import Terminal, standard_terminals
from runcmd.errors import EXIT_OK, RunError, UsageError
from stigmer_api.config_file import config_file
from stigmer_api.file_keys import Takes

# Variables of the shell that win over a setting.
VARIABLES = {
    "backend.local.llm.provider": "STIGMER_LLM_PROVIDER",
    "backend.local.llm.model": "STIGMER_LLM_MODEL",
    "backend.local.llm.base_url": "STIGMER_LLM_BASE_URL",
    "backend.local.llm.api_key": "STIGMER_LLM_API_KEY",
    "backend.local.llm.script": "STIGMER_LLM_SCRIPT",
}


def get(name: str, output: Output, *, reveal: bool) -> int:
    """Shows a setting, or all that are set in a block. The exit status: 1 if it is not set."""

    def perform(out: Terminal) -> None:
        asked = setting_or_block(name)
        values = settings()
        found = {each: value_at(values, each.path) for each in settings_in(asked)}
        found = {each: value for each, value in found.items() if value is not None}
        if not found and asked.key.choices and asked.key.default in asked.key.choices:
            found = {asked: asked.key.default}
        if not found:
            default = f"; its default: {asked.key.default.replace('`', '')}" if asked.key.default else ""
            raise RunError(
                f"{asked.name} is not set{default}",
                code="E0222",
                hint=f"to set it: stigmer config set {asked.name} VALUE"
                if asked.key.takes is not Takes.BLOCK
                else "",
            )
        if output is Output.JSON:
            kept = {each.name: _plain(each, value, reveal) for each, value in found.items()}
            out.record(json.dumps(kept, ensure_ascii=False))
            return
        for each, value in found.items():
            text = str(value) if each.key.hidden and reveal else shown(each, value)
            if isinstance(value, list) and each == asked:
                for one in value:
                    out.line(str(one))
            else:
                out.line(text if each == asked else f"{each.name} = {text}")

    return _performed(perform)


def set_value(name: str, texts: Sequence[str]) -> int:
    """Sets it. A secret without a value is asked for. The exit status."""

    def perform(out: Terminal) -> None:
        setting = setting_named(name)
        given = texts
        if not given:
            given = [_asked(setting)]
        elif setting.key.hidden:
            _, err = standard_terminals()
            warning(
                err,
                f"the value of {setting.name} is in your shell's history now",
                f"next time leave it out, and you are asked: stigmer config set {setting.name}",
            )
        value = value_of(setting, given)
        file = change(lambda text: with_value(text, setting.path, value), setting.name)
        out.good(f"{setting.name} = {shown(setting, value)}")
        _note_what_wins(out, setting)
        if not setting.key.ours:
            out.line(f"(kept in {file} for others: this command does not read it)")

    return _performed(perform)


def unset(name: str) -> int:
    """Removes it, or all of a block. The exit status."""

    def perform(out: Terminal) -> None:
        setting = setting_or_block(name)
        if value_at(settings(), setting.path) is None:
            out.line(f"{setting.name} was not set")
            return
        change(lambda text: without(text, setting.path), setting.name)
        out.good(f"{setting.name} is no longer set")

    return _performed(perform)


def show_list(output: Output, *, everything: bool) -> int:
    """Shows what is set, or each setting with its default. The exit status."""

    def perform(out: Terminal) -> None:
        values = settings()
        rows = [row for each in all_settings() if (row := _row(each, values, everything)) is not None]
        if output is Output.JSON:
            out.record(json.dumps({row[0]: {"value": row[1], "from": row[2]} for row in rows}))
        elif rows:
            show_table(out, [("SETTING", "VALUE", "FROM"), *rows])
        else:
            out.line(f"nothing is set in {config_file()}; to see each setting: stigmer config list --all")

    return _performed(perform)


def show_path() -> int:
    """Shows where the file is, or would be. The exit status."""
    return _performed(lambda out: out.line(str(config_file())))


def _row(setting: Setting, values: Mapping[str, Any], everything: bool) -> tuple[str, str, str] | None:
    variable = VARIABLES.get(setting.name, "")
    if variable and (text := os.environ.get(variable, "")):
        return setting.name, HIDDEN if setting.key.hidden else text, variable
    if (value := value_at(values, setting.path)) is not None:
        return setting.name, shown(setting, value), "config.yaml"
    if everything and setting.key.ours:
        return setting.name, setting.key.default.replace("`", "") or "-", "default"
    return None


def _plain(setting: Setting, value: object, reveal: bool) -> object:
    return HIDDEN if setting.key.hidden and not reveal else value


def _asked(setting: Setting) -> str:
    """A secret, typed without echo, or from a pipe."""
    from devloop.cli.settings.ask import ask_for

    if not setting.key.hidden:
        raise UsageError(
            f"{setting.name} needs a value", code="E0101", hint=f"stigmer config set {setting.name} VALUE"
        )
    return ask_for(setting.path[-1])


def _note_what_wins(out: Terminal, setting: Setting) -> None:
    variable = VARIABLES.get(setting.name, "")
    if variable and os.environ.get(variable):
        out.line(f"In this shell, {variable} is set, too, and wins.")


def _performed(perform: Callable[[Terminal], None]) -> int:
    out, err = standard_terminals()
    try:
        perform(out)
        out.flush()
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    return EXIT_OK
