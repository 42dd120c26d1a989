"""Sends the token of a login with each request, and gets a new one in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
import httpx2
from fastmcp.client.auth.oauth import ClientNotFoundError, OAuth
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientMetadata,
    OAuthMetadata,
    ProtectedResourceMetadata,
)

from stigmerd.agents.mcp.oauth.needed import LoginNeeded
from stigmerd.agents.mcp.oauth.store import LoginStore

NAME: Final = "stigmer"
LISTENING_SECONDS: Final = 0.02  # between two looks
SERVER: Final = "server"  # what the library does not store: where a token is renewed
RESOURCE: Final = "resource"


class ChosenScopes(OAuthClientMetadata):
    """The library would put all scopes in their place that the server has, or none."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "scope":
            super().__setattr__(name, value)


class Login(OAuth):
    """The library's client; it remembers which server gave the token, and opens no browser by itself."""

    def __init__(
        self,
        url: str,
        store: LoginStore,
        *,
        open_page: Callable[[str], Awaitable[None]] | None = None,
        **more: Any,
    ) -> None:
        """`open_page`: shows somebody the page on which to agree; None: nobody is there."""
        super().__init__(url, client_name=NAME, token_storage=store, **more)
        if self.context.client_metadata.scope:
            self.context.client_metadata = ChosenScopes(**self.context.client_metadata.model_dump())
        self._store = store
        self._url = url
        self._open_page = open_page
        self._page = ""

    async def _initialize(self) -> None:
        await super()._initialize()
        known = self._store.read()
        if SERVER in known:
            self.context.oauth_metadata = OAuthMetadata.model_validate_json(known[SERVER])
        if RESOURCE in known:
            resource = ProtectedResourceMetadata.model_validate_json(known[RESOURCE])
            self.context.protected_resource_metadata = resource

    async def redirect_handler(self, authorization_url: str) -> None:
        if self._open_page is None:
            raise LoginNeeded(self._url)
        async with httpx2.AsyncClient() as client:
            answer = await client.get(authorization_url, follow_redirects=False)
        if answer.status_code == 400:
            raise ClientNotFoundError("the server does not know this client any more")
        self._page = authorization_url

    async def callback_handler(self) -> AuthorizationCodeResult:
        """Shows the page only when the browser can come back: some servers send it back at once."""
        showing = asyncio.create_task(self._show_when_listening(), name="mcp: page of a login")
        coming = asyncio.create_task(super().callback_handler(), name="mcp: answer of a login")
        try:
            await asyncio.wait({showing, coming}, return_when=asyncio.FIRST_EXCEPTION)
            if showing.done():
                showing.result()  # nobody can be shown the page
            return await coming
        finally:
            showing.cancel()
            coming.cancel()

    async def _show_when_listening(self) -> None:
        while True:
            if await self._listening():
                break
            await asyncio.sleep(LISTENING_SECONDS)
        if self._open_page is not None:
            await self._open_page(self._page)

    async def _listening(self) -> bool:
        try:
            async with await anyio.connect_tcp(self._callback_host, self.redirect_port):
                return True
        except OSError:
            return False

    def remember_server(self) -> None:
        """After a login."""
        known = self._store.read()
        if self.context.oauth_metadata is not None:
            known[SERVER] = self.context.oauth_metadata.model_dump_json(exclude_none=True)
        if self.context.protected_resource_metadata is not None:
            known[RESOURCE] = self.context.protected_resource_metadata.model_dump_json(exclude_none=True)
        self._store.write(known)
