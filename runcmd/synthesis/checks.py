"""What a program leaves for its run to look at: jq that was written by hand, scripts, names of others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from runcmd.errors import ProjectError
from runcmd.events import TargetKind
from runcmd.frozen import Frozen
from runcmd.mistakes import Mistake
from runcmd.synthesis.known_good import KnownGood
from stigmer_api.manifest_files import CHECKS

VARIABLES = ("context", "data", "env", "input", "output")
UUID = "def uuid: null; "  # what the backend adds
# Compiled when there is something wrong, which is seldom.
REASON = r"(?s)jq: error: (?P<text>.*?) at (?:<top-level>|<unknown>)[,:]"
UNKNOWN = r"(?P<sigil>\$?)(?P<name>\w+)(?:/\d+)? is not defined"


class Reference(Frozen):
    """An agent or a workflow that a task calls by its name, and that the project does not declare."""

    kind: TargetKind
    slug: str
    file: str
    line: int
    nearest: str  # of those that it declares

    def mistake(self, deployed: Sequence[str]) -> Mistake:
        """`deployed`: what else of this kind there is."""
        from difflib import get_close_matches

        nearest = self.nearest or next(iter(get_close_matches(self.slug, deployed, n=1)), "")
        hint = f' (did you mean "{nearest}"?)' if nearest else ""
        return Mistake(
            file=self.file,
            line=self.line,
            message=f'there is no {self.kind.value} "{self.slug}", neither in the project nor deployed{hint}',
            nearest=nearest,
        )


class SkillUse(Frozen):
    """A skill that an agent wants; no project declares skills."""

    slug: str
    org: str  # empty: the platform's
    version: str
    file: str
    line: int

    def mistake(self) -> Mistake:
        name = f"{self.org}/{self.slug}" if self.org else self.slug
        version = f" in the version {self.version}" if self.version else ""
        text = f'there is no skill "{name}"{version} in the backend; push it first'
        return Mistake(file=self.file, line=self.line, message=text)


class WrittenJq(Frozen):
    """A jq program that was written by hand, and the variables that functions around it bind."""

    text: str
    bound: tuple[str, ...]
    file: str
    line: int


def references_of(files: Mapping[str, bytes]) -> tuple[Reference, ...]:
    """Raises ProjectError."""
    with _readable():
        return tuple(
            Reference(
                kind=TargetKind(each["kind"]),
                slug=str(each["name"]),
                file=str(each["file"]),
                line=int(each["line"]),
                nearest=str(each["nearest"]),
            )
            for each in _facts(files).get("references", ())
        )


def skills_of(files: Mapping[str, bytes]) -> tuple[SkillUse, ...]:
    """Raises ProjectError."""
    with _readable():
        return tuple(
            SkillUse(
                slug=str(each["slug"]),
                org=str(each["org"]),
                version=str(each["version"]),
                file=str(each["file"]),
                line=int(each["line"]),
            )
            for each in _facts(files).get("skills", ())
        )


def mistakes_of(files: Mapping[str, bytes], good: KnownGood) -> list[Mistake]:
    """In the program's jq and its scripts. What was found to be good once is not looked at again."""
    return [*_in_jq(files, good), *_in_scripts(files, good)]


def _in_scripts(files: Mapping[str, bytes], good: KnownGood) -> list[Mistake]:
    with _readable():
        texts = {str(each["file"]): str(each["text"]) for each in _facts(files).get("scripts", ())}
    found: list[Mistake] = []
    for file, text in texts.items():
        if good.has("script", text):
            continue
        from stigmer_api.scripts.check import mistakes_in  # brings YAML

        wrong = mistakes_in(text)
        found += [
            Mistake(file=file, line=line, message=problem, nearest=nearest)
            for line, problem, nearest in wrong
        ]
        if not wrong:
            good.add("script", text)
    return found


def _in_jq(files: Mapping[str, bytes], good: KnownGood) -> list[Mistake]:
    with _readable():
        programs = [
            WrittenJq(
                text=str(each["text"]),
                bound=tuple(map(str, each["bound"])),
                file=str(each["file"]),
                line=int(each["line"]),
            )
            for each in _facts(files).get("programs", ())
        ]
    content = json.dumps([[each.text, each.bound] for each in programs])
    if not programs or good.has("jq", content):
        return []
    sure = [each for each in programs if not _has_quotes_of_both_kinds(each.text)]
    # A compilation takes long because of jq's own functions, which it compiles each time.
    all_at_once = ", ".join(f"({_double_quotes(each.text)}\n)" for each in sure)
    found: list[Mistake] = []
    if sure and _wrong(f"[{all_at_once}]", [name for each in sure for name in each.bound]):
        found = [mistake for each in sure if (mistake := _mistake_in(each)) is not None]
    if not found:
        good.add("jq", content)
    return found


def _facts(files: Mapping[str, bytes]) -> dict[str, Sequence[Mapping[str, Any]]]:
    found: dict[str, Sequence[Mapping[str, Any]]] = json.loads(files.get(CHECKS, b"{}"))
    return found


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProjectError(f"{CHECKS} cannot be read: {error!r:.200}", code="E0312") from error


def _mistake_in(program: WrittenJq) -> Mistake | None:
    text = program.text
    plain = _double_quotes(text)
    reason = _wrong(plain, program.bound) or _wrong(f"({plain}\n)", program.bound)  # `1) | (2` is none
    if not reason:
        return None
    unknown = re.match(UNKNOWN, reason)
    nearest = _nearest(unknown, program.bound) if unknown is not None else ""
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    hint = f' (did you mean "{nearest}"?)' if nearest else ""
    return Mistake(
        file=program.file,
        line=program.line,
        message=f"${{ {shown} }} is no jq program: {reason}{hint}",
        nearest=nearest,
    )


def _has_quotes_of_both_kinds(text: str) -> bool:
    """Then only the backend knows which quotes are which."""
    return "'" in text and ('"' in text or "\\" in text)


def _double_quotes(text: str) -> str:
    return text if _has_quotes_of_both_kinds(text) else text.replace("'", '"')


def _wrong(text: str, bound: Sequence[str]) -> str:
    """Why it does not compile, with the library that the backend uses; empty: it does."""
    import jq

    try:
        jq.compile(UUID + text, args=dict.fromkeys((*VARIABLES, *bound)))
    except ValueError as error:
        reason = re.match(REASON, str(error))
        said = reason["text"] if reason is not None else str(error).splitlines()[0]
        return said.replace(" (Unix shell quoting issues?)", "")
    return ""


def _nearest(unknown: re.Match[str], bound: Sequence[str]) -> str:
    from difflib import get_close_matches

    variables = [f"${name}" for name in (*VARIABLES, *bound)]
    known = variables if unknown["sigil"] else _functions()
    near = get_close_matches(unknown["sigil"] + unknown["name"], known, n=1)
    return near[0] if near else ""


def _functions() -> list[str]:
    import jq

    found: list[str] = jq.compile("builtins").input_value(None).first()
    return sorted({name.partition("/")[0] for name in found})
