"""Requests without a login: it is said that one is needed; the library keeps that to itself."""

from __future__ import annotations

from collections.abc import Generator

import httpx2

from stigmerd.agents.mcp.oauth.needed import UNAUTHORIZED
from stigmerd.agents.problems import AgentProblem


class Watched(httpx2.Auth):
    """Sends nothing more, and raises `problem` where the server answers 401."""

    def __init__(self, problem: AgentProblem) -> None:
        self._problem = problem

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        response = yield request
        if response.status_code == UNAUTHORIZED:
            raise self._problem
