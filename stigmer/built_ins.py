"""Tools that come with the product: an agent asks for them, and its project allows them in Stigmer.yaml."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares
from stigmer.names import LOWER, UPPER, check_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from stigmer.tools import Tool

NAMES = {
    "files": ("read_file", "list_files", "find_files", "search_files", "write_file", "edit_file"),
    "shell": ("run_command",),
    "web": ("web_fetch",),
    "todos": ("write_todos",),
}
LONGEST_SECONDS = 3600
VARIABLE = LOWER | UPPER | frozenset("_0123456789")
HOST = LOWER | UPPER | frozenset("0123456789-._:[]")


class BuiltIn:
    """What `tools=` takes besides functions."""

    __slots__ = ("options",)
    kind = ""  # files, shell, web or todos
    options: dict[str, object]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class FileTools(BuiltIn):
    """Read, list, find and search files, and write and edit them. They cannot leave the folder.

    Args:
        folder: of the project; all of it, if nothing is said.
        read_only: nothing is written.
        secrets: also what looks as if it held secrets: `.env`, `*.pem`, `id_rsa` …
        requires_approval: a person is asked before a file is written.

    Raises DeclarationError for a folder outside of the project.

    Example:
        ```python
        writer = Agent("writer", "You keep the documentation in order.", tools=[FileTools("docs")])
        ```
    """

    __slots__ = ()
    kind = "files"

    @declares
    def __init__(
        self,
        folder: str = ".",
        *,
        read_only: bool = False,
        secrets: bool = False,
        requires_approval: bool = True,
    ) -> None:
        path = check_text("the folder of FileTools", str(folder)) or "."
        if path.startswith(("/", "~")) or ".." in path.split("/"):
            raise DeclarationError(f'the folder of FileTools must be in the project, not "{path}"')
        self.options = {
            "folder": path,
            "read_only": _flag("read_only", read_only),
            "secrets": _flag("secrets", secrets),
            "requires_approval": _flag("requires_approval", requires_approval),
        }


class ShellTool(BuiltIn):
    """Run commands of the shell in the project's directory.

    Args:
        timeout: seconds until a command is ended.
        env: names of the agent's variables that commands get; no others, besides PATH, HOME and the language.
        read: more places that commands may read where the system confines them, as in `~/.cargo`.
        network: whether commands may connect; to forbid it takes Linux 6.7.
        requires_approval: a person is asked before a command runs.

    Raises DeclarationError for what is none of these.

    Example:
        ```python
        tester = Agent("tester", "You run the tests and explain what fails.", tools=[ShellTool(timeout=300)])
        ```
    """

    __slots__ = ()
    kind = "shell"

    @declares
    def __init__(
        self,
        *,
        timeout: float = 60,
        env: Sequence[str] = (),
        read: Sequence[str] = (),
        network: bool = True,
        requires_approval: bool = True,
    ) -> None:
        self.options = {
            "timeout": _seconds("ShellTool", timeout),
            "env": _texts("env", "names of variables", env, VARIABLE),
            "read": _texts("read", "paths", read),
            "network": _flag("network", network),
            "requires_approval": _flag("requires_approval", requires_approval),
        }


class WebFetch(BuiltIn):
    """Fetch pages of the web as text. Needs `stigmer-devloop[web]` where the backend runs.

    Args:
        hosts: the only ones that are asked, as in `docs.python.org`; empty: all.
        private: also addresses inside of your network.
        timeout: seconds for a page.
        requires_approval: a person is asked before a page is fetched.

    Raises DeclarationError for what is none of these.

    Example:
        ```python
        reader = Agent(
            "reader", "You answer from the documentation.", tools=[WebFetch(hosts=["docs.python.org"])]
        )
        ```
    """

    __slots__ = ()
    kind = "web"

    @declares
    def __init__(
        self,
        *,
        hosts: Sequence[str] = (),
        private: bool = False,
        timeout: float = 30,
        requires_approval: bool = False,
    ) -> None:
        self.options = {
            "hosts": _texts("hosts", 'names of hosts, as in "docs.python.org"', hosts, HOST),
            "private": _flag("private", private),
            "timeout": _seconds("WebFetch", timeout),
            "requires_approval": _flag("requires_approval", requires_approval),
        }


class Todos(BuiltIn):
    """A list of what is to be done, which the agent keeps, and which is shown as it changes.

    Example:
        ```python
        planner = Agent("planner", "You plan a task step by step, then do it.", tools=[Todos()])
        ```
    """

    __slots__ = ()
    kind = "todos"

    def __init__(self) -> None:
        self.options = {}


def apart(whose: str, tools: Any, *, helper: bool = False) -> tuple[Any, dict[str, object]]:
    """The functions among `tools`, and the options that the built-in tools make. Raises DeclarationError."""
    if isinstance(tools, BuiltIn):
        raise DeclarationError(f"tools wants a list: tools=[{type(tools).__name__}(…)]")
    if isinstance(tools, str) or callable(tools) or hasattr(tools, "items"):
        return tools, {}  # a mistake, which is found there, or a selection of tools
    items = list(tools)
    built_ins = [each for each in items if isinstance(each, BuiltIn)]
    return [each for each in items if not isinstance(each, BuiltIn)], _options(whose, built_ins, helper)


def no_clash(whose: str, functions: list[Tool], options: Mapping[str, object]) -> list[Tool]:
    """The functions, none of which has the name of a built-in tool. Raises DeclarationError."""
    built_ins = options.get("builtins")
    kinds = {*(built_ins if isinstance(built_ins, dict) else ()), *(options.keys() & {Todos.kind})}
    for function in functions:
        if any(function.name in NAMES[kind] for kind in kinds):
            raise DeclarationError(
                f'{whose} has the function "{function.name}", and a built-in tool of that name; '
                'give the function another one: @tool(name="…")'
            )
    return functions


def _options(whose: str, built_ins: Iterable[BuiltIn], helper: bool) -> dict[str, object]:
    found: dict[str, object] = {}
    todos = False
    for each in built_ins:
        name = type(each).__name__
        if each.kind in found or (each.kind == Todos.kind and todos):
            raise DeclarationError(f"{whose} has {name} twice; one says it all")
        if each.kind != Todos.kind:
            found[each.kind] = each.options
        elif helper:
            raise DeclarationError(
                f"{whose} has Todos(), which only an agent has: its list is the execution's"
            )
        else:
            todos = True
    return {**({"builtins": found} if found else {}), **({"todos": True} if todos else {})}


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise DeclarationError(f"{name} must be True or False, not {value!r:.40}")
    return value


def _seconds(whose: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_SECONDS:
        raise DeclarationError(
            f"the timeout of {whose} must be a number of seconds above 0, at most {LONGEST_SECONDS}, "
            f"not {value!r:.40}"
        )
    return value


def _texts(name: str, what: str, values: Any, letters: frozenset[str] = frozenset()) -> list[str]:
    if isinstance(values, str):
        raise DeclarationError(f'{name} wants a list: {name}=["{values}"]')
    for each in values:
        if not isinstance(each, str) or not each or (letters and not set(each) <= letters):
            raise DeclarationError(f"{name} wants {what}, not {each!r:.60}")
    return list(values)
