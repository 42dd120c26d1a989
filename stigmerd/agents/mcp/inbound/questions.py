"""What an MCP server asks of a person: to fill in a form, to open an address, to let the model answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stigmerd.agents.mcp.inbound import sampling
from stigmerd.agents.mcp.inbound.calls import ServerCall
from stigmerd.agents.mcp.options import ASK
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from mcp_types import CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams, ElicitResult

    from stigmerd.agents.mcp.inbound.inbound import Inbound

MOST_ATTEMPTS: Final = 3  # to fill in a form


class SamplingDeclined(Exception):  # noqa: N818
    """The server is told so."""


class ServerQuestions:
    """Those of the servers of one execution."""

    def __init__(self, reporter: AgentReporter) -> None:
        self._reporter = reporter
        self._always: set[str] = set()  # servers that need not ask any more

    async def fill_in(self, server: Inbound, call: ServerCall, params: ElicitRequestParams) -> ElicitResult:
        from mcp_types import ElicitResult

        about = self._about(server, call, params.message)
        if params.mode == "url":
            answer = await self._ask("link", call, {**about, "url": params.url})
            return ElicitResult(action=answer.action)
        about["schema"] = params.requested_schema
        # What is kept has no order of its own.
        about["order"] = list(params.requested_schema.get("properties", {}))
        for _ in range(MOST_ATTEMPTS):
            answer = await self._ask("form", call, about)
            if answer.action != "accept":
                return ElicitResult(action=answer.action)
            content = answer.content or {}
            if not (wrong := what_is_wrong(content, params.requested_schema)):
                return ElicitResult(action="accept", content=content)
            about["problem"] = wrong
        return ElicitResult(action="cancel")

    async def complete(
        self, server: Inbound, call: ServerCall, params: CreateMessageRequestParams
    ) -> CreateMessageResult:
        """Raises SamplingDeclined, and what the model raises."""
        if call.sampler is None:
            raise SamplingDeclined("there is no model here")
        if server.sampling == ASK and server.name not in self._always:
            model = call.sampler.requests.model.model_name
            text = (
                f"the MCP server {server.name} wants the model {model} to answer it, "
                f"with at most {params.max_tokens:,} tokens"
            )
            messages = sampling.shown(params)
            said = [f"{each['role']}: {each['text']}" for each in messages]
            about = {**self._about(server, call, "\n".join([text, *said])), "messages": messages}
            answer = await self._ask("sampling", call, about)
            if answer.action != "accept":
                raise SamplingDeclined(f"declined{f': {answer.reason}' if answer.reason else ''}")
            if answer.always:
                self._always.add(server.name)
        with call.paused():
            return await call.sampler.complete(params)

    async def _ask(self, kind: str, call: ServerCall, about: dict[str, Json]) -> Any:
        with call.paused():
            return await self._reporter.asker.ask(kind, call.id, about)

    def _about(self, server: Inbound, call: ServerCall, text: str) -> dict[str, Json]:
        return {"tool": call.tool, "server": server.name, "text": text}


def what_is_wrong(content: Json, schema: dict[str, Json]) -> str:
    """In words; empty: nothing."""
    from jsonschema import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    kind = validator_for(schema)
    try:
        kind.check_schema(schema)
        first = next(kind(schema, registry=Registry()).iter_errors(content), None)
    except (SchemaError, Unresolvable):
        return ""  # of the server; it has to see what it does with the answer
    if first is None:
        return ""
    where = ".".join(map(str, first.absolute_path))
    return f"{where}: {first.message}" if where else str(first.message)
