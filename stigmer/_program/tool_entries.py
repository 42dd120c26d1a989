"""What an agent or a sub-agent says beyond the contract, with the functions that its model may call."""

from __future__ import annotations

from contextlib import suppress

from stigmer import project
from stigmer.agents import Agent
from stigmer.errors import DeclarationError
from stigmer_api.agent_options import FUNCTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stigmer._program.shadows import HiddenModules
    from stigmer.agents import SubAgent
    from stigmer.project import Declarations


def said_by(holder: Agent | SubAgent) -> dict[str, object]:
    """Its options. A function that cannot be a tool is a mistake of the project's."""
    if not holder.functions:
        return holder.options
    entries = []
    for each in holder.functions:
        try:
            entries.append(each.entry())
        except DeclarationError as mistake:
            project.current().mistaken(mistake)
    return {**holder.options, FUNCTIONS: entries}


def read_all(declared: Declarations, hidden: HiddenModules) -> None:
    """While the program has its own modules, in which its types are; what reads them is loaded before.

    A mistake is found again, and told, by `said_by`.
    """
    functions = []
    for agent in declared.of(Agent).values():
        functions += agent.functions
        for helper in agent.sub_agents:
            functions += helper.functions
    if not functions:
        return
    with hidden.back():
        import stigmer.schemas.models
        import stigmer.schemas.parameters  # noqa: F401
    for function in functions:
        with suppress(DeclarationError):
            function.entry()
