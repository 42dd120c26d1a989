"""What the user asked for, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runcmd.errors import UsageError
from runcmd.exchanges import Detail
from runcmd.frozen import Frozen
from stigmer_api.facts import APPROVAL_ANNOTATION

if TYPE_CHECKING:
    from runcmd.project import Project
    from stigmer_api.attachments import Attachment

Json = Any
DEFAULT_MESSAGE = "execute"
SECRET_PREFIX = "secret:"


class RuntimeVariable(Frozen):
    """A variable for one execution."""

    name: str
    value: str
    secret: bool

    def __repr__(self) -> str:
        return f"RuntimeVariable({self.name}={'***' if self.secret else self.value})"


class TaskInput(Frozen):
    """What a task is given in place of its own input; null is an input, too."""

    value: Json


class WantedModel(Frozen):
    """One `--model`."""

    agent: str  # its name; empty: of all
    provider: str
    name: str  # empty: the provider's usual one
    script: str = ""  # what the scripted model says; empty: the agent's own script

    @property
    def option(self) -> str:
        """By which it was said."""
        return "--model"


class WantedLimit(Frozen):
    """One `--max-steps` or the like."""

    option: str
    agent: str  # its name; empty: of each
    name: str  # as in `stigmer_api.agent_limits.KINDS`
    most: float


class GivenApprovals(Frozen):
    """What was said beforehand about calls of tools that a person must approve."""

    approve: tuple[str, ...] = ()  # patterns of tools that nobody is asked about
    otherwise: str = "wait"  # "deny", "fail"

    def annotations(self) -> dict[str, str]:
        """On the execution; empty if nothing was said."""
        if self == GivenApprovals():
            return {}
        import json

        text = json.dumps({"approve": self.approve, "otherwise": self.otherwise})
        return {APPROVAL_ANNOTATION: text}


class RunRequest(Frozen):
    """One run. Nothing in it is looked up later: it is complete when the run starts."""

    project: Project | None
    selector: str | None
    message: str = DEFAULT_MESSAGE
    input: Mapping[str, Json] | None = None  # what a workflow is given, by name; None: nothing was given
    attachments: tuple[Attachment, ...] = ()  # files that an agent is given with the message
    models: tuple[WantedModel, ...] = ()  # that its agents ask, whatever else is said; one for each agent
    approvals: GivenApprovals = GivenApprovals()
    limits: tuple[WantedLimit, ...] = ()  # of what its agents use, whatever else is said
    env: tuple[RuntimeVariable, ...] = ()
    follow: bool = True
    org: str = ""
    timeout: float | None = None
    default: str | None = None
    detail: Detail = Detail.NONE
    others: tuple[str, ...] = ()  # more targets, each in a run of its own: see `runcmd.targets`
    every: bool = False  # each agent and workflow that the project declares, likewise
    session: str = ""  # an id, a unique beginning of one, or `last`; empty: a new conversation
    resume: str = ""  # the id of the execution to go on with; its workflow is the selector
    from_task: str = ""  # the path of the task that it goes on at; empty: the one that failed
    task: str = ""  # the path of the only task to run; empty: all
    task_input: TaskInput | None = None  # of that task, or of the one that it goes on at
    values: Mapping[str, Json] | None = None  # with `task`: in place of what tasks before it gave
    typed: str = ""  # the options of the command, as a shell takes them, to be shown behind a name
    owner: str = ""  # who cancels the execution should we die; it is written on it


def parse_env(text: str, environ: Mapping[str, str]) -> RuntimeVariable:
    """`K=V`, `K` (inherited), and both with `secret:` in front."""
    secret = text.startswith(SECRET_PREFIX)
    name, equals, value = text.removeprefix(SECRET_PREFIX).partition("=")
    name = name.strip()
    if not name or (not equals and name not in environ):
        inherit = f"or set {name} in the environment, to be inherited" if name.isidentifier() else ""
        shown = f"{SECRET_PREFIX}…" if secret and equals else text
        raise UsageError(
            f"Invalid runtime environment format: {shown} (expected key=value)", code="E0107", hint=inherit
        )
    value = value if equals else environ[name]
    if not value:
        raise UsageError(
            f"Runtime environment variable {name} has no value",
            code="E0108",
            hint="leave it out, or give it a value",
        )
    return RuntimeVariable(name=name, value=value, secret=secret)
