"""E014 and E063: talking with agents, and sessions."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

COMMANDS = (
    ErrorPage(
        "E0140",
        "A conversation has no such command",
        "In a conversation (stigmer run -i), a line that begins with / is a command, and this is none, or it "
        "lacks something or has too much.",
        "Type /help; to send a message that begins with /, write // in its place.",
        """$ stigmer run -i
You: /unod
Error: there is no command /unod
did you mean /undo?""",
    ),
)

PAGES = (
    ErrorPage(
        "E0630",
        "There is no such session",
        "The backend has no session with this id, it was deleted with its agent, or nobody has talked with"
        " the agent yet.",
        "See stigmer session list; begin a conversation with stigmer run -i.",
        """$ stigmer run -i --session ses-01abc
Error: no session with the id ses-01abc""",
    ),
    ErrorPage(
        "E0631",
        "Several sessions are meant",
        "More than one id begins with what was given.",
        "Give more of the id; the message lists them.",
        """$ stigmer run -i --session ses-01
Error: 4 sessions begin with ses-01""",
    ),
    ErrorPage(
        "E0632",
        "The session belongs to another agent",
        "A session is a conversation with one agent, and another one was named.",
        "Leave the name out, or name the session's agent.",
        """$ stigmer run reviewer -i --session ses-01abc
Error: ses-01abc is a conversation with another agent than reviewer""",
    ),
    ErrorPage(
        "E0633",
        "A workflow does not talk",
        "A workflow gets one message and works; only an agent has a conversation.",
        "Run it without -i and --session, or name an agent.",
        """$ stigmer run week-report -i
Error: week-report is a workflow, and only agents talk: it takes one message and has no conversation""",
    ),
)
