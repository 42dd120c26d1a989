"""What goes to models and servers while an execution works, and what comes back, for `-v`."""

from __future__ import annotations

from enum import IntEnum

from runcmd.frozen import Frozen


class Detail(IntEnum):
    """How much of the requests is wanted: `-v`, `-vv`."""

    NONE = 0
    REQUESTS = 1  # what models are asked; of HTTP requests all but headers and bodies
    BODIES = 2


class Excerpt(Frozen):
    """A text, or its beginning."""

    text: str
    bytes: int  # of all of it
    left_out: int  # bytes at its end


class SentMessage(Frozen):
    """A part of the conversation, as the model gets it."""

    role: str  # "system", "user", "assistant", "thinking", "tool_call", "tool_result", "retry"
    name: str  # of the tool
    call: str  # the id of the tool call
    content: Excerpt  # arguments as JSON


class OfferedTool(Frozen):
    """A tool that a model may call."""

    name: str
    description: str
    schema: Excerpt  # of its arguments, JSON


class ModelAsked(Frozen):
    """A model is asked for one turn; what its request before had, too, is only counted."""

    index: int  # of the message that it makes
    model: str
    address: str  # of the model's server; empty: it has none
    instructions: Excerpt | None  # None: as in the request before
    earlier: int  # messages of requests before, which it gets again
    messages: tuple[SentMessage, ...]  # after those
    tools_offered: int
    tools: tuple[OfferedTool, ...]  # empty: as in the request before
    settings: str  # JSON; empty: none
    call: str = ""  # of the sub-agent whose model it is; empty: the agent's own


class HttpHeader(Frozen):
    """One header of a request or an answer."""

    name: str
    value: str


class HttpPhases(Frozen):
    """Seconds. None: no such phase; a connection that is used again has none of the first three."""

    dns: float | None
    connect: float | None
    tls: float | None
    first_byte: float | None  # from the request that is sent to the beginning of the answer
    total: float


class HttpExchanged(Frozen):
    """One HTTP request and its answer, or why there is none. Headers and bodies only with `-vv`."""

    source: str  # "model", "http_call"
    method: str
    url: str
    status: int  # 0: no answer
    error: str  # why there is no answer, or not all of it
    phases: HttpPhases
    attempt: int  # from 1
    index: int  # of a model: of the message that it makes
    task: str  # of a workflow: the path of the task
    request_bytes: int
    response_bytes: int
    request_headers: tuple[HttpHeader, ...] = ()
    request_body: Excerpt | None = None
    response_headers: tuple[HttpHeader, ...] = ()
    response_body: Excerpt | None = None
    call: str = ""  # of a model: of the sub-agent


Requested = ModelAsked | HttpExchanged
