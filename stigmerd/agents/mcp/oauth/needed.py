"""An MCP server refuses whoever has no login."""

from __future__ import annotations

from stigmerd.agents.problems import AgentProblem

UNAUTHORIZED = 401


class LoginNeeded(AgentProblem):
    """Somebody has to log in, and this is a place where nobody can."""

    code = "E1222"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"it wants a login, and there is none that is still good: stigmer mcp login {url} "
            '(or give it a token: headers={"Authorization": "Bearer ${TOKEN}"})'
        )


class TokenRefused(AgentProblem):
    """The agent's own token for a server is not good."""

    code = "E1222"

    def __init__(self) -> None:
        super().__init__("it refuses the Authorization in the server's headers (HTTP 401)")


def refused_login(error: BaseException | None) -> AgentProblem | None:
    """What was said of a login, somewhere below this error."""
    seen: set[int] = set()  # errors of groups may lead back to the group
    left = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, LoginNeeded | TokenRefused):
            return one
        left += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            left += one.exceptions
    return None
