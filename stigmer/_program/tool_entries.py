"""What an agent or a sub-agent says beyond the contract, with the functions that its model may call."""

from __future__ import annotations

from stigmer import project
from stigmer.errors import DeclarationError
from stigmer_api.agent_options import FUNCTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stigmer.agents import Agent, SubAgent


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
