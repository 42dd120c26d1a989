"""Declare agents and workflows in Python; `stigmer run` runs them."""

from stigmer.activities import activity
from stigmer.agents import Agent, SubAgent
from stigmer.approvals import Approval
from stigmer.built_ins import FileTools, ShellTool, Todos, WebFetch
from stigmer.environment import runtime
from stigmer.errors import DeclarationError, StigmerError
from stigmer.expressions import Expr, if_else, jq
from stigmer.jq_code import literal
from stigmer.limits import Limits
from stigmer.models import ModelSettings, Scripted
from stigmer.reliability import Retries
from stigmer.servers import DockerServer, HttpServer, McpServer, Port, StdioServer, Volume
from stigmer.skills import Skill
from stigmer.steps import END, Task
from stigmer.tools import ModelRetry, ToolContext, tool
from stigmer.variables import EnvVar
from stigmer.workflows import Workflow, case

__all__ = [
    "END",
    "Agent",
    "Approval",
    "DeclarationError",
    "DockerServer",
    "EnvVar",
    "Expr",
    "FileTools",
    "HttpServer",
    "Limits",
    "McpServer",
    "ModelRetry",
    "ModelSettings",
    "Port",
    "Retries",
    "Scripted",
    "ShellTool",
    "Skill",
    "StdioServer",
    "StigmerError",
    "SubAgent",
    "Task",
    "Todos",
    "ToolContext",
    "Volume",
    "WebFetch",
    "Workflow",
    "activity",
    "case",
    "if_else",
    "jq",
    "literal",
    "runtime",
    "tool",
]
