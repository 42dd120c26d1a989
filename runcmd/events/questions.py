"""What an execution asks people, and what came of it."""

from __future__ import annotations

from runcmd.frozen import Frozen


class QuestionAsked(Frozen):
    """A tool call waits until a person answers."""

    question: str  # its id; of an approval that of the call
    execution: str  # of the agent that asks
    call: str
    kind: str  # `approval`: may the call be made? `form`, `link`, `sampling`: a server asks
    tool: str
    arguments: str  # of the call, JSON
    server: str  # the MCP server of the tool, if it is one's
    text: str  # what a server asks
    diff: str  # unified, of what the call would change in a file
    url: str  # of a page to open
    details: str  # what else there is to know, JSON: the `schema` of a form
    fingerprint: str  # of what is asked, to be sent with the answer
    hint: str  # the command that answers it


class QuestionAnswered(Frozen):
    """Nobody is asked any more."""

    question: str
    execution: str
    call: str
    kind: str
    tool: str
    state: str  # `accepted`, `declined`, `cancelled`; `ended`: nobody waits for it any more
    reason: str
    by: str  # who, in a word or two
    always: bool  # also later calls of this tool in this execution
