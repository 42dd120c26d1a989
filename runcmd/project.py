"""Which project is this, and what does its Stigmer.yaml say?"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from runcmd.errors import UsageError
from runcmd.frozen import Frozen
from runcmd.plain_yaml import PlainNode, plain
from runcmd.project_keys import KEYS
from stigmer_api.file_keys import Key
from stigmer_api.reading import read_bounded

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

FILE_NAME = "Stigmer.yaml"
OTHER_SPELLINGS = (
    "stigmer.yaml",
    "Stigmer.yml",
    "stigmer.yml",
    "STIGMER.yaml",
    "STIGMER.yml",
    "Stigmer.YAML",
)
MOST_BYTES = 1 << 17
MOST_DIGITS = 9


class ProjectRuntime(Enum):
    """What the project's program is written in."""

    PYTHON = "python"
    GO = "go"
    FILES = "files"  # there is no program: only the manifests that --file names

    @property
    def default_main(self) -> str:
        return "main.go" if self is ProjectRuntime.GO else "main.py"


class OnChange(Enum):
    """What an edit does, and what becomes of a run that is still going."""

    RESTART = "restart"
    QUEUE = "queue"
    KEEP = "keep"
    MANUAL = "manual"  # it starts no run; somebody asks for one


class ManifestText(Frozen):
    """A file with manifests, as it was read."""

    name: str  # as people call it
    text: str
    file: Path | None = None  # None: it was standard input

    def __repr__(self) -> str:
        return f"ManifestText({self.name})"  # there may be secrets in it


class RunSettings(Frozen):
    """The block `run`."""

    default: str | None = None
    env_file: Path | None = None


class WatchSettings(Frozen):
    """The block `watch`."""

    ignore: tuple[str, ...] = ()
    settle_ms: int | None = None
    on_change: OnChange = OnChange.RESTART


class Project(Frozen):
    """A Stigmer.yaml that was read and found right. All paths are absolute."""

    file: Path
    name: str
    runtime: ProjectRuntime
    main: Path
    version: str = ""
    organization: str = ""
    description: str = ""
    python: Path | None = None
    allow: tuple[str, ...] = ()  # kinds of built-in tools that its agents may have
    run: RunSettings = field(default_factory=RunSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    manifests: tuple[ManifestText, ...] = ()  # applied after what the program declares

    @property
    def directory(self) -> Path:
        return self.file.parent


def find(start: Path) -> Path | None:
    """The nearest Stigmer.yaml, here or above."""
    directory = start.absolute()
    for place in (directory, *directory.parents):
        if os.path.isfile(place / FILE_NAME):  # noqa: PTH113  # also above what we may not search
            return place / FILE_NAME
    return None


def refuse_other_spelling(directory: Path) -> None:
    """Raises UsageError if a file here was probably meant to be the Stigmer.yaml that there is none of."""
    found = next((each for each in OTHER_SPELLINGS if os.path.isfile(directory / each)), None)  # noqa: PTH113
    if found is not None:
        files = f"{shlex.quote(str(directory / found))} {shlex.quote(str(directory / FILE_NAME))}"
        raise UsageError(
            f"{directory / found} is not read: a project file is called {FILE_NAME}",
            code="E0203",
            hint=f"rename it to {FILE_NAME}: mv {files}",
            facts={"file": str(directory / found)},
        )


def load(file: Path) -> Project:
    """Raises UsageError with file, line and column."""
    file = file.absolute()
    top = _Block(file, "", _parse(file), KEYS)
    runtime = ProjectRuntime(top.one_of("runtime"))
    main = top.place("main") or file.parent / runtime.default_main
    run = top.block("run")
    watch = top.block("watch")
    return Project(
        file=file,
        name=top.required("name"),
        runtime=runtime,
        main=Path(os.path.normpath(main)),
        version=top.text("version"),
        organization=top.text("organization"),
        description=top.text("description"),
        python=top.place("python"),
        allow=top.some_of("allow"),
        run=RunSettings(
            default=run.text("default") or None,
            env_file=run.place("env_file"),
        ),
        watch=WatchSettings(
            ignore=watch.texts("ignore"),
            settle_ms=watch.number("settle_ms"),
            on_change=OnChange(watch.one_of("on_change")),
        ),
    )


def _parse(file: Path) -> MappingNode | PlainNode | None:
    try:
        return _composed(file, _text(read_bounded(file, MOST_BYTES)))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", code="E0204") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text", code="E0109", hint="save it as UTF-8") from error


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(maxsize=1)  # a loop reads it at every edit
def _composed(file: Path, text: str) -> MappingNode | PlainNode | None:
    if (simple := plain(text)) is not None:
        return simple
    import yaml

    from stigmer_api.yaml_text import composed, slip

    try:
        root = composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place, problem = (mark.line, mark.column) if mark else (0, 0), error.problem or "not YAML"
        raise _mistake(file, place, problem, slip(problem), code="E0205") from error
    except yaml.YAMLError as error:
        raise _mistake(file, (0, 0), str(error).splitlines()[0], code="E0205") from error
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise _mistake(file, _at(root), "expected `key: value` lines", code="E0205")
    return root


@dataclass(frozen=True)
class _Block:
    """The keys of one level, with the place of each."""

    file: Path
    path: str
    node: MappingNode | PlainNode | None
    keys: tuple[Key, ...]
    known: dict[str, Key] = field(init=False)
    values: dict[str, Node | PlainNode] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {key.name: key for key in self.keys})
        values: dict[str, Node | PlainNode] = {}
        for key_node, value in self.node.value if self.node else ():
            key = str(key_node.value)
            if key not in self.known:
                raise _mistake(
                    self.file, _at(key_node), *_unknown_key(self.path + key, key, self.known), code="E0206"
                )
            if key in values:
                raise _mistake(self.file, _at(key_node), f'"{self.path}{key}" appears twice', code="E0209")
            values[key] = value
        object.__setattr__(self, "values", values)

    def text(self, key: str) -> str:
        node = self.values.get(key)
        if node is None or node.tag.endswith(":null"):
            return ""
        if not isinstance(node.value, str) or node.tag.endswith((":bool", ":timestamp")):
            raise self._wrong(key, "expected text")
        return node.value.strip()

    def place(self, key: str) -> Path | None:
        """Relative to the file; `~` is a home."""
        if not (text := self.text(key)):
            return None
        try:
            return self.file.parent / Path(text).expanduser()
        except RuntimeError:  # `~nobody`
            raise self._wrong(key, f"there is no home directory {text.partition('/')[0]}") from None

    def required(self, key: str) -> str:
        text = self.text(key)
        if not text:
            place = _at(self.values[key]) if key in self.values else (0, 0)
            raise _mistake(
                self.file, place, f'"{self.path}{key}" is missing', f"add a line `{key}: …`", code="E0207"
            )
        return text

    def one_of(self, key: str) -> str:
        choices = self.known[key].choices
        text = self.text(key) or self.known[key].default or self.required(key)
        if text not in choices:
            raise self._wrong(key, f'"{text}" is not one of {", ".join(choices)}', _nearest(text, choices))
        return text

    def some_of(self, key: str) -> tuple[str, ...]:
        """A list of the key's choices, each once."""
        texts, choices = self.texts(key), self.known[key].choices
        if wrong := [text for text in texts if text not in choices]:
            hint = _nearest(wrong[0], choices)
            raise self._wrong(key, f'"{wrong[0]}" is not one of {", ".join(choices)}', hint)
        return tuple(choice for choice in choices if choice in texts)

    def number(self, key: str) -> int | None:
        text = self.text(key)
        if text and not text.isdecimal():
            raise self._wrong(key, "expected a whole number, not negative")
        if len(text) > MOST_DIGITS:
            raise self._wrong(key, "the number is too large")
        return int(text) if text else None

    def texts(self, key: str) -> tuple[str, ...]:
        node = self.values.get(key)
        if node is None or node.tag.endswith(":null"):
            return ()
        items = node.value if isinstance(node.value, list) and node.tag.endswith(":seq") else None
        if items is None or not all(isinstance(item.value, str) for item in items):
            raise self._wrong(key, "expected a list of texts", 'write it as `["…", "…"]`')
        return tuple(item.value for item in items)

    def block(self, key: str) -> _Block:
        node, keys = self.values.get(key), self.known[key].keys
        if node is None or node.tag.endswith(":null"):
            return _Block(self.file, f"{key}.", None, keys)
        if not node.tag.endswith(":map"):
            raise self._wrong(key, f"expected keys below it: {', '.join(each.name for each in keys)}")
        return _Block(self.file, f"{key}.", node, keys)  # type: ignore[arg-type]  # the tag says so

    def _wrong(self, key: str, problem: str, hint: str = "") -> UsageError:
        return _mistake(
            self.file, _at(self.values[key]), f'"{self.path}{key}": {problem}', hint, code="E0208"
        )


def _at(node: Node | PlainNode) -> tuple[int, int]:
    return node.start_mark.line, node.start_mark.column


def _unknown_key(path: str, key: str, known: Iterable[str]) -> tuple[str, str]:
    hint = _nearest(key, known) or f"known keys: {', '.join(sorted(known))}"
    return f'unknown key "{path}"', hint


def _nearest(word: str, choices: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word.lower(), list(choices), n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else ""


def _mistake(file: Path, place: tuple[int, int], problem: str, hint: str = "", *, code: str) -> UsageError:
    line, column = place[0] + 1, place[1] + 1
    return UsageError(
        f"{file}:{line}:{column}: {problem}",
        code=code,
        hint=hint,
        facts={"file": str(file), "line": str(line), "column": str(column)},
    )
