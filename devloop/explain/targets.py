"""E06: what is to run, what has run, and the watch loops."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0601",
        "There is no such agent or workflow",
        "Neither the project nor the backend has one with this name, slug or id in this organization.",
        "Check the spelling; deploy it (stigmer apply); name the organization (--org).",
        """$ stigmer run reviewr
Error: Agent or Workflow not found: reviewr
did you mean "reviewer"?""",
    ),
    ErrorPage(
        "E0602",
        "The code no longer declares it",
        "The backend has an agent or workflow of this name from an earlier deployment of this project.",
        "Correct the name, or run what is deployed: stigmer run --deployed NAME.",
        """$ stigmer run reviewer
Error: main.py no longer declares "reviewer": the backend has only what was deployed from here before""",
    ),
    ErrorPage(
        "E0603",
        "There are several to choose from",
        "Nobody can be asked here (no terminal), and nothing was named.",
        "Name one, set run.default in Stigmer.yaml, or run --all.",
        """$ stigmer run < /dev/null
Error: 3 agents and workflows to choose from, and none was chosen""",
    ),
    ErrorPage(
        "E0604",
        "There is nothing to run",
        "The project declares no agent and no workflow.",
        "Declare one with Agent(…) or Workflow(…).",
        """$ stigmer run --all
Error: there is nothing to run: the project declares no agent and no workflow""",
    ),
    ErrorPage(
        "E0605",
        "There is no such execution",
        "The backend has none with this id; it may have been deleted, or belong to another backend.",
        "See stigmer executions list.",
        """$ stigmer executions follow wex-01abc
Error: no execution with the id wex-01abc""",
    ),
    ErrorPage(
        "E0606",
        "The execution can no longer be seen",
        "The backend stopped answering, and did not come back. The execution may go on there.",
        "Look again later with the command that the message shows.",
        """$ stigmer run
Error: lost sight of wex-01abc (last seen: in_progress): the connection was refused""",
    ),
    ErrorPage(
        "E0607",
        "The execution is still running",
        "It was asked to stop, and has not within the time.",
        "Look again later: stigmer executions follow ID.",
        """$ stigmer executions cancel wex-01abc
Error: wex-01abc is still running""",
    ),
    ErrorPage(
        "E0608",
        "This server cannot cancel executions",
        "Stigmer's own API has no call for it; the backend that comes with this command has one.",
        "The execution goes on; follow it to its end: stigmer executions follow ID.",
        """$ stigmer executions cancel wex-01abc --server stigmer.example.com:7234
Error: this server cannot cancel executions: wex-01abc goes on""",
    ),
    ErrorPage(
        "E0609",
        "The execution has no such task",
        "No task or call of it has this path or name.",
        "Take a path from the tree: stigmer executions show ID. A task of an execution within is CHILD/TASK.",
        """$ stigmer executions show wex-01abc --task nope
Error: wex-01abc has no task nope""",
    ),
    ErrorPage(
        "E0610",
        "There is no watch loop",
        "None runs for this project or this target, or none listens at this socket.",
        "Start one: stigmer run --watch.",
        """$ stigmer watch run
Error: there is no watch loop""",
    ),
    ErrorPage(
        "E0611",
        "Several watch loops are meant",
        "More than one runs for this project.",
        "Say which, with one of the --socket lines of the message.",
        """$ stigmer watch run
Error: several watch loops are meant; say which:""",
    ),
    ErrorPage(
        "E0612",
        "The watch loop does not answer",
        "It ended, is stopped (Ctrl-Z), or something else listens at its socket.",
        "See the terminal where it runs; stigmer watch status lists those that answer.",
        """$ stigmer watch run
Error: the watch loop ended before it answered""",
    ),
    ErrorPage(
        "E0613",
        "The watch loop refuses",
        "It knows no such command, or cannot do it now.",
        "Do what the message says.",
        """$ stigmer watch run
Error: the watch loop refuses: the loop is ending""",
    ),
    ErrorPage(
        "E0614",
        "Several executions are meant",
        "More than one has an ID that begins like this.",
        "Write more of the ID; last is the newest execution, last:NAME the newest of an agent or workflow.",
        """$ stigmer executions show wex-01k
Error: 2 executions have an id that begins with "wex-01k\"""",
    ),
    ErrorPage(
        "E0615",
        "The server has no list of executions",
        "A plain Stigmer server does not say what was executed, so nothing can be found by a part of its ID.",
        "Give the whole ID of an execution, as `stigmer run` shows it.",
        """$ stigmer executions list --server localhost:7234
Error: the backend at localhost:7234 has no list of executions""",
    ),
    ErrorPage(
        "E0620",
        "The agent or workflow of an instance is gone",
        "An instance is an agent or a workflow together with environments. This one names one that was "
        "deleted, or deployed anew with another id.",
        "Deploy it (stigmer apply), and apply the instance again: stigmer run INSTANCE.",
        """$ stigmer run support-in-production
Error: the agent of support-in-production is gone: agt-01m8f7eyfsrk7j0836jfp72a27""",
    ),
    ErrorPage(
        "E0621",
        "--model names an agent that there is not",
        "AGENT=PROVIDER:NAME chooses the model of one agent, by its name. The project declares no such "
        "agent, and the backend has none.",
        "Check the spelling; without AGENT= the model is for all agents of the run.",
        """$ stigmer run report --model hots=openai:gpt-4.1
Error: --model: there is no agent "hots"
did you mean "host"?""",
    ),
)
