"""What was typed becomes a value that the setting can have."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from devloop.cli.settings.names import Setting
from devloop.cli.texts import require_text
from runcmd.errors import UsageError
from stigmer_api.file_keys import Takes

HIDDEN = "********"
MOST = 1_000_000_000
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

Value = str | int | float | bool | list[str]


def value_of(setting: Setting, texts: Sequence[str]) -> Value:
    """Raises UsageError for what the setting does not take; the message never holds a secret."""
    for each in texts:
        require_text(each, f"the value of {setting.name}")
    if setting.key.takes is Takes.PLACES:
        return [_place(setting, each) for each in texts]
    if len(texts) != 1:
        raise _wrong(setting, f"takes one value, not {len(texts)}", "put quotes around a value with spaces")
    text = texts[0].strip()
    if not text:
        raise _wrong(setting, "cannot be empty", f"to remove it: stigmer config unset {setting.name}")
    if setting.key.choices:
        return _choice(setting, text)
    match setting.key.takes:
        case Takes.FLAG:
            if text.lower() not in FLAGS:
                raise _wrong(setting, f'"{text}" is not true or false')
            return FLAGS[text.lower()]
        case Takes.NUMBER | Takes.COUNT:
            return _number(setting, text)
        case Takes.PATH:
            return _file(setting, text)
        case _:
            return _text(setting, text)


def shown(setting: Setting, value: object) -> str:
    """As people see it: a secret is hidden."""
    if setting.key.hidden:
        return HIDDEN
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _choice(setting: Setting, text: str) -> str:
    choices = setting.key.choices
    if text in choices:
        return text
    near = difflib.get_close_matches(text.lower(), choices, n=1)
    hint = f'did you mean "{near[0]}"?' if near else ""
    raise _wrong(setting, f'"{text}" is not one of {", ".join(choices)}', hint)


def _number(setting: Setting, text: str) -> int | float:
    try:
        number = float(text)
    except ValueError:
        raise _wrong(setting, f'"{text}" is not a number') from None
    if not 0 <= number < MOST:
        raise _wrong(setting, f"{text} is not between 0 and {MOST:,}")
    if number.is_integer():
        return int(number)
    if setting.key.takes is Takes.COUNT:
        raise _wrong(setting, f"{text} is not a whole number")
    return number


def _file(setting: Setting, text: str) -> str:
    from devloop.cli.here import placed

    path = placed(Path(text).expanduser())
    if not path.is_file():
        raise _wrong(setting, f"there is no file {path}")
    return str(path)


def _place(setting: Setting, text: str) -> str:
    if text != "*" and not text.startswith(("/", "~")):
        raise _wrong(setting, f'"{text}" is not an absolute path', "begin it with / or ~")
    return text


def _text(setting: Setting, text: str) -> str:
    if any(not each.isprintable() for each in text):
        raise _wrong(setting, "it holds a character that cannot be printed")
    match setting.path[-1]:
        case "endpoint" if "cloud" in setting.path:
            from devloop.cli.connect import parse_address

            parse_address(text, setting.name)
        case "base_url":
            parts = urlsplit(text)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise _wrong(setting, f'"{text}" is not an address', "write http://host:port or https://host")
    return text


def _wrong(setting: Setting, problem: str, hint: str = "") -> UsageError:
    return UsageError(f"{setting.name}: {problem}", code="E0213", hint=hint)
