"""An execution that begins with a prompt of an MCP server."""

from __future__ import annotations

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.attachments import Attachment
from stigmer_api.prompts import WantedPrompt, beside
from stigmerd.executions.attached import keep_attachments
from tests.stigmerd.agents.stage import Stage


async def ask(
    stage: Stage, agent: Agent, path: str, message: str = "", *files: Attachment, **arguments: str
) -> AgentExecution:
    """Runs the agent with that prompt beside the message; without a message, in place of it."""
    server, _, name = path.partition("/")
    wanted = WantedPrompt(server, name, arguments)
    execution_id = stage.add(agent, message or wanted.message)
    given = [*files, beside(wanted, alone=not message)]
    keep_attachments(stage.executions.journal(execution_id), given)
    await stage.host.run(execution_id)
    return stage.get(execution_id)
