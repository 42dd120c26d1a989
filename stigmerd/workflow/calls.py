"""The arguments of a call, ready to be sent."""

from __future__ import annotations

from stigmerd.workflow.model import AgentCall, CallActivity, GrpcCall, HttpCall, RunTask, Value
from stigmerd.workflow.resolve import Resolver

Call = HttpCall | GrpcCall | AgentCall | RunTask | CallActivity


async def arguments_of(call: Call, resolve: Resolver) -> dict[str, Value]:
    match call:
        case HttpCall():
            return {
                "method": call.method,
                "uri": await resolve.text(call.uri),
                "headers": await resolve.texts(call.headers),
                "body": await resolve.value(call.body),
                "timeout_seconds": call.timeout_seconds,
            }
        case GrpcCall():
            return {
                "service": await resolve.text(call.service),
                "method": await resolve.text(call.method),
                "request": await resolve.value(call.request),
            }
        case AgentCall():
            return {
                "agent": await resolve.text(call.agent),
                "scope": call.scope,
                "message": await resolve.text(call.message),
                "env": await resolve.texts(call.env),
                "model": call.model,
                "timeout_seconds": call.timeout_seconds,
                "temperature": call.temperature,
            }
        case RunTask():
            return {"workflow": await resolve.text(call.workflow), "input": await resolve.value(call.input)}
        case CallActivity():
            return {"activity": await resolve.text(call.activity), "input": await resolve.value(call.input)}
