"""The variables of a client's shell, out of the metadata of its call."""

from __future__ import annotations

import json

from stigmer_api.client_env import METADATA_KEY
from stigmerd.executions.client_env import NOTHING, ClientEnv, client_env_of
from stigmerd.resources.rpc_error import invalid
from stigmerd.services.limits import UNIX
from stigmerd.services.rpc import Context


def client_env_of_call(context: Context) -> ClientEnv:
    """Nothing from who did not come through the socket: another machine's shell is not ours."""
    if not context.peer().startswith(UNIX):
        return NOTHING
    sent = dict(context.invocation_metadata() or ()).get(METADATA_KEY)
    if not isinstance(sent, bytes):
        return NOTHING
    try:
        values = json.loads(sent)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
        raise invalid(f"metadata {METADATA_KEY}: a JSON object of texts is needed")
    return client_env_of(values)
