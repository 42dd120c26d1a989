"""Python functions of a project that agents can call."""

from __future__ import annotations

from stigmer.errors import DeclarationError, SourcePlace, StigmerError, declares, here
from stigmer.names import check_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any, TypeVar, overload

    from stigmer.schemas.parameters import Parameters

    Function = TypeVar("Function", bound=Callable[..., Any])
else:

    def overload(function):
        return function


MARK = "__stigmer_tool__"
LONGEST_SECONDS = 3600


class ModelRetry(StigmerError):  # noqa: N818 -- as in pydantic-ai
    """A tool raises it: the model is told the reason, and asked to call again with something else.

    How often is `retries` of `tool`. Any other exception is told to the model as the tool's failure.

    Example:
        ```python
        def population(city: str) -> int:
            \"\"\"How many people live there.\"\"\"
            if city != "Bern":
                raise ModelRetry(f"no city {city!r} is known; known: Bern")
            return 134_000


        guide = Agent("guide", "You know about cities.", tools=[population])
        ```
    """


class ToolContext:
    """About the call that is being made. A tool gets it as the parameter that has this type.

    Attributes:
        execution_id: of the execution of the agent.
        agent: the name of the agent.
        sub_agent: the name of the sub-agent that calls; empty: the agent itself.
        tool: the name of the tool.
        call_id: of the call, as the status of the execution has it.
        attempt: 1, and one more each time the model was asked to call it again.
        workspace: the project's directory.

    Example:
        ```python
        def note(text: str, context: ToolContext) -> str:
            \"\"\"Write a note down.\"\"\"
            file = context.workspace / f"{context.execution_id}.txt"
            file.write_text(text)
            return file.name


        clerk = Agent("clerk", "You keep notes.", tools=[note])
        ```
    """

    __slots__ = ("agent", "attempt", "call_id", "execution_id", "sub_agent", "tool", "workspace")

    def __init__(
        self,
        execution_id: str = "",
        agent: str = "",
        sub_agent: str = "",
        tool: str = "",
        call_id: str = "",
        attempt: int = 1,
        workspace: Path | None = None,
    ) -> None:
        """All have defaults, so that a test of a tool can make one."""
        from pathlib import Path

        self.execution_id = execution_id
        self.agent = agent
        self.sub_agent = sub_agent
        self.tool = tool
        self.call_id = call_id
        self.attempt = attempt
        self.workspace: Path = Path.cwd() if workspace is None else workspace


class Tool:
    """A function as an agent offers it to its model."""

    __slots__ = (
        *("_entry", "description", "function", "name", "place"),
        *("requires_approval", "retries", "timeout"),
    )

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        description: str = "",
        *,
        requires_approval: bool = False,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        self.function = function
        self.name = name
        self.description = description
        self.requires_approval = requires_approval
        self.timeout = timeout
        self.retries = retries
        self._entry: dict[str, object] | None = None
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        self.place = here() if code is None else SourcePlace(code.co_filename, code.co_firstlineno)

    def parameters(self) -> Parameters:
        """Raises DeclarationError, at the function, for what a model cannot give."""
        from stigmer.schemas.parameters import Parameters

        return Parameters(self.function, self.name, ToolContext, self.place)

    def entry(self) -> dict[str, object]:
        """What the backend is told of it; read once. Raises DeclarationError."""
        if self._entry is None:
            self._entry = self._read()
        return self._entry

    def _read(self) -> dict[str, object]:
        parameters = self.parameters()
        found: dict[str, object] = {
            "name": self.name,
            "description": self.description or parameters.description,
            "schema": parameters.schema(),
        }
        if self.requires_approval:
            found["requires_approval"] = True
        if self.timeout is not None:
            found["timeout"] = self.timeout
        if self.retries is not None:
            found["retries"] = self.retries
        return found


@overload
def tool(function: Function, /) -> Function: ...
@overload
def tool(  # noqa: F811 -- an overload
    *,
    name: str = "",
    description: str = "",
    requires_approval: bool = False,
    timeout: float | None = None,
    retries: int | None = None,
) -> Callable[[Function], Function]: ...
@declares
def tool(  # noqa: F811
    function: Any = None,
    /,
    *,
    name: str = "",
    description: str = "",
    requires_approval: bool = False,
    timeout: float | None = None,
    retries: int | None = None,
) -> Any:
    """Says more of a function that is a tool of an agent; without it, the function itself says all.

    The model sees the name, the docstring and the types of the parameters. The function stays what it is for
    all who call it. `requires_approval`: a person is asked before each call. `timeout`: in seconds, 60 if not
    given; a call that takes longer is ended. `retries`: how often the model may call again after arguments
    that do not fit or a `ModelRetry`, 3 if not given.

    Raises DeclarationError for what is no function, and for values that cannot be.

    Example:
        ```python
        @tool(timeout=10)
        def get_weather(city: str, days: int = 1) -> str:
            \"\"\"The forecast for a city.

            Args:
                city: its name in English
                days: how many, from today on
            \"\"\"
            return f"{city}: sunny for {days} days"


        guide = Agent("guide", "You know about the weather.", tools=[get_weather])
        ```
    """
    options = {
        "name": check_text("the name of a tool", name),
        "description": check_text("the description", description),
        "requires_approval": bool(requires_approval),
        "timeout": _seconds(timeout),
        "retries": _count(retries),
    }
    if function is None:
        return lambda real: _marked(real, options)
    return _marked(function, options)


def _marked(function: Any, options: dict[str, Any]) -> Any:
    if not callable(function):
        raise DeclarationError(f"@tool marks a function, not {function!r:.60}")
    try:
        setattr(function, MARK, options)
    except (AttributeError, TypeError):
        raise DeclarationError(f"{function!r:.60} cannot be marked: write a function around it") from None
    return function


def selected_tools(
    tools: Mapping[str, Sequence[str]] | Iterable[Any] | None,
) -> tuple[dict[str, Sequence[str]], Iterable[Any]]:
    """Which tools of MCP servers a sub-agent may use, by server, and its functions."""
    if tools is None:
        return {}, ()
    if hasattr(tools, "items"):
        return dict(tools.items()), ()
    if callable(tools) or isinstance(tools, str):
        return {}, tools  # a mistake, which is found there
    items = list(tools)
    mappings = [each for each in items if hasattr(each, "items")]
    selections = {server: names for each in mappings for server, names in each.items()}
    return selections, [each for each in items if not hasattr(each, "items")]


def check_tools(whose: str, tools: Iterable[Any], *, taken: Iterable[str] = ()) -> list[Tool]:
    """`whose` says of whom: `agent "guide"`; `taken` are its sub-agents. Raises DeclarationError."""
    if callable(tools) or isinstance(tools, str):
        raise DeclarationError(f"tools wants a list: tools=[{getattr(tools, '__name__', tools)}]")
    found: dict[str, Tool] = {}
    for item in tools:
        made = _tool_of(item)
        if made.name in taken:
            raise DeclarationError(
                f'{whose} has a sub-agent "{made.name}" and a tool of that name; give one another name'
            )
        if (other := found.get(made.name)) is not None:
            same = "twice" if other.function == made.function else f"and another one, at {other.place}"
            raise DeclarationError(
                f'{whose} has the tool "{made.name}" {same}; give one another name: @tool(name="…")'
            )
        found[made.name] = made
    return list(found.values())


def _tool_of(item: Any) -> Tool:
    if not callable(item) or isinstance(item, type):
        raise DeclarationError(f"tools wants functions, not {item!r:.60}")
    options: dict[str, Any] = dict(getattr(item, MARK, None) or {})
    own = getattr(item, "__name__", "") or getattr(getattr(item, "func", None), "__name__", "")
    name = options.pop("name", "") or own or type(item).__name__
    if name == "<lambda>":
        raise DeclarationError('a lambda has no name: tool(name="…")(lambda …), or write a function')
    return Tool(item, name, options.pop("description", ""), **options)


def _seconds(timeout: Any) -> float | None:
    if timeout is None:
        return None
    if (
        isinstance(timeout, bool)
        or not isinstance(timeout, int | float)
        or not 0 < timeout <= LONGEST_SECONDS
    ):
        raise DeclarationError(
            f"the timeout must be a number of seconds above 0, at most {LONGEST_SECONDS}, not {timeout!r}"
        )
    return timeout


def _count(retries: object) -> int | None:
    if retries is None:
        return None
    if isinstance(retries, bool) or not isinstance(retries, int) or not 0 <= retries <= 100:
        raise DeclarationError(f"retries must be a whole number from 0 to 100, not {retries!r}")
    return retries
