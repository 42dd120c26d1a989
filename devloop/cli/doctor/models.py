"""Which model would an agent without one of its own ask, and can it be asked? It is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

import anyio

from devloop.cli.doctor.deadline import unreachable
from devloop.cli.doctor.finding import Finding, bad, doubtful, failed, good
from runcmd.errors import RunError
from runcmd.events import TargetKind
from runcmd.synthesis.manifest import Manifest
from stigmer_api.client_env import KEY_VARIABLES
from stigmer_api.config_file import config_file
from stigmer_api.facts import SCRIPT_ANNOTATION
from stigmer_api.model_providers import KNOWN, SCRIPTED

AREA = "models"
KEYS = (*dict.fromkeys(KEY_VARIABLES.values()), "STIGMER_LLM_API_KEY")
WAYS = "export ANTHROPIC_API_KEY=… (or OPENAI_API_KEY); offline: export STIGMER_LLM_PROVIDER=scripted"


def models(manifest: Manifest | None) -> Iterator[Finding]:
    """As this shell and ~/.stigmer/config.yaml say."""
    from stigmerd.agents.models.address import base_of, proxy_of, public
    from stigmerd.agents.models.layers import layer_of_file, layer_of_variables
    from stigmerd.agents.models.ollama import probe_ollama
    from stigmerd.agents.models.providers import choose
    from stigmerd.agents.problems import AgentProblem

    if named := [name for name in KEYS if os.environ.get(name)]:
        yield good(AREA, f"this shell has {', '.join(named)}")
    needed = _agents_without_script(manifest)
    if manifest is not None and not needed:
        yield good(AREA, "no agent here asks one, except by its own script")
        return
    try:
        layers = (layer_of_variables(os.environ, "of the shell"), layer_of_file(config_file()))
        choice = anyio.run(choose, "", "", layers, probe_ollama)
    except AgentProblem as problem:
        text, _, ways = str(problem).partition(". Choose one: ")
        error = RunError(text, code=problem.code, hint=WAYS if ways else "stigmer config list")
        if manifest is None:
            yield doubtful(AREA, error.message, error.hint)
        else:
            yield failed(AREA, error)
        return
    where = f", by {choice.key_from}" if choice.key_from != "" else ""
    yield good(AREA, f"{choice.provider}, {choice.name}{where}")
    if choice.provider == SCRIPTED:
        return
    known = KNOWN[choice.provider]
    if not _installed(known.library):
        yield bad(
            AREA,
            f"the library for {choice.provider} is not installed",
            f"pip install 'stigmer-devloop[{known.extra}]'",
        )
    if choice.key_kept:
        yield doubtful(AREA, choice.key_kept, "or leave it so, if that server wants no key")
    address = base_of({"provider": choice.provider, "base_url": choice.base_url})
    if (proxy := proxy_of(address)) is not None:
        yield good(AREA, f"{public(address)} is asked through the proxy of {proxy[1]}")
        address = proxy[0]
    yield from _reached(address, public(address))


def _reached(address: str, shown: str) -> Iterator[Finding]:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if why := unreachable(parts.hostname or "", port):
        yield doubtful(
            AREA,
            f"{shown} {why}",
            "check the network and the proxy; offline, STIGMER_LLM_PROVIDER=scripted answers",
        )
    else:
        yield good(AREA, f"{shown} can be reached")


def _installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # of the package that it is in
        return False


def _agents_without_script(manifest: Manifest | None) -> int:
    if manifest is None:
        return 0
    return sum(
        each.kind is TargetKind.AGENT and SCRIPT_ANNOTATION not in each.message.metadata.annotations
        for each in manifest.resources
    )
