"""What a backend tells of an execution beyond its status: thinking, turns, waiting, printed lines."""

from __future__ import annotations

from enum import Enum

from runcmd.frozen import Frozen


class Source(Enum):
    """What printed a line."""

    ACTIVITY = "activity"
    MCP_SERVER = "mcp_server"
    TOOL = "tool"  # a function of the project that an agent calls


class Usage(Frozen):
    """What turns of models used. All zero: nothing is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0  # of the input, read from the provider's cache
    cost_usd: float | None = None  # None: the price is unknown

    @property
    def known(self) -> bool:
        return bool(self.input_tokens or self.output_tokens)


class ThinkingGrew(Frozen):
    """A model thinks before it says the message of this index; `more` follows what it thought before."""

    index: int
    more: str
    call: str = ""  # of the sub-agent that thinks; empty: the agent itself


class TurnFinished(Frozen):
    """A model has finished one turn: it said something, called tools, or both."""

    index: int  # of its message
    model: str
    address: str  # of the model's server; empty: it has none
    usage: Usage
    finish_reason: str  # "stop", "length", "content_filter", "tool_call", "error"; empty: it did not say
    seconds: float
    call: str = ""  # of the sub-agent whose turn it was; empty: the agent's own


class Waits(Frozen):
    """The execution waits for something; a WaitEnded with the same `on` and `task` ends it."""

    on: str  # what for: `retry`, `model`, `mcp_server git`, `signal approve`
    text: str  # a sentence: `starting the MCP server git`
    hint: str  # what ends it, where somebody can do something: a command
    task: str  # the path of the task that waits; empty: an agent does
    seconds: float | None  # that it takes; None: nobody knows


class WaitEnded(Frozen):
    """What an execution waited for is there, or is awaited no more."""

    on: str
    task: str


class Printed(Frozen):
    """One line that a program of the execution printed, or an MCP server logged or said of its progress."""

    source: Source
    name: str  # of the activity, server or tool
    stream: str  # "stdout", "stderr"; of an MCP server also "log" and "progress", its notifications
    text: str  # without its end
    task: str  # the path of the task that runs it; empty: an agent's
    call: str = ""  # the id of the tool call; empty: of none


class NotesDropped(Frozen):
    """What an execution told was more than is kept: so much of the oldest is gone."""

    count: int
    bytes: int


Told = ThinkingGrew | TurnFinished | Waits | WaitEnded | Printed | NotesDropped
