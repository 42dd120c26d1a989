"""The values of options that are chosen from a few, apart from the modules that they choose."""

from __future__ import annotations

from enum import Enum


class OnChangeChoice(Enum):
    """What a change does, and what becomes of the current run."""

    RESTART = "restart"
    QUEUE = "queue"
    KEEP = "keep"
    MANUAL = "manual"


class OnApprovalChoice(Enum):
    """What becomes of a call that a person must approve."""

    WAIT = "wait"
    DENY = "deny"
    FAIL = "fail"


class WatcherChoice(Enum):
    """How to detect changes."""

    AUTO = "auto"
    INOTIFY = "inotify"
    WATCHFILES = "watchfiles"
    SCAN = "scan"


class TemplateChoice(Enum):
    """What a new project begins with."""

    BASIC = "basic"
    AGENT = "agent"
    WORKFLOW = "workflow"
    MCP = "mcp"
    TOOLS = "tools"


class Language(Enum):
    """In which a picture is written."""

    MERMAID = "mermaid"
    SVG = "svg"
    DOT = "dot"


class ShellChoice(Enum):
    """A shell that can complete commands."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
