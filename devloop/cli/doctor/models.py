"""Which models would the agents here ask, and can they be asked? They are not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio

from devloop.cli.doctor.deadline import unreachable
from devloop.cli.doctor.finding import Finding, bad, doubtful, failed, good
from runcmd.errors import RunError
from runcmd.events import TargetKind
from runcmd.synthesis.manifest import Manifest
from stigmer_api.agent_options import options_of
from stigmer_api.client_env import KEY_VARIABLES
from stigmer_api.config_file import config_file
from stigmer_api.facts import SCRIPT_ANNOTATION
from stigmer_api.model_providers import KNOWN, SCRIPTED

if TYPE_CHECKING:
    from stigmerd.agents.models.choice import ModelChoice

AREA = "models"
KEYS = (*dict.fromkeys(KEY_VARIABLES.values()), "STIGMER_LLM_API_KEY")
WAYS = "export ANTHROPIC_API_KEY=… (or OPENAI_API_KEY); offline: export STIGMER_LLM_PROVIDER=scripted"


def models(manifest: Manifest | None) -> Iterator[Finding]:
    """As the agents declare, and this shell and ~/.stigmer/config.yaml say."""
    if named := [name for name in KEYS if os.environ.get(name)]:
        yield good(AREA, f"this shell has {', '.join(named)}")
    wanted = [""] if manifest is None else _wanted(manifest)
    if not wanted:
        yield good(AREA, "no agent here asks one, except by its own script")
    for each in wanted:
        yield from _model(each, needed=manifest is not None)


def _model(wanted: str, *, needed: bool) -> Iterator[Finding]:
    """`wanted`: as an agent declares it; empty: of those that declare none."""
    from stigmerd.agents.models.layers import layer_of_file, layer_of_variables
    from stigmerd.agents.models.ollama import probe_ollama
    from stigmerd.agents.models.providers import choose
    from stigmerd.agents.problems import AgentProblem

    try:
        layers = (layer_of_variables(os.environ, "of the shell"), layer_of_file(config_file()))
        choice = anyio.run(choose, wanted, "", layers, probe_ollama)
    except AgentProblem as problem:
        text, _, ways = str(problem).partition(". Choose one: ")
        said = f"{wanted}: {text}" if wanted else text
        error = RunError(said, code=problem.code, hint=WAYS if ways else "stigmer config list")
        yield failed(AREA, error) if needed else doubtful(AREA, error.message, error.hint)
        return
    where = f", by {choice.key_from}" if choice.key_from != "" else ""
    yield good(AREA, f"{choice.provider}, {choice.name}{where}")
    if choice.provider != SCRIPTED:
        yield from _way_to(choice)


def _way_to(choice: ModelChoice) -> Iterator[Finding]:
    from stigmerd.agents.models.address import base_of, proxy_of, public

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
    if not address:  # a region says where
        return
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


def _wanted(manifest: Manifest) -> list[str]:
    """What its agents and their helpers ask, each once, in order; empty for one that is configured."""
    found: dict[str, None] = {}
    for each in manifest.resources:
        if each.kind is not TargetKind.AGENT:
            continue
        annotations = each.message.metadata.annotations
        own = options_of(annotations)
        if SCRIPT_ANNOTATION not in annotations:
            found[_named(own.get("model")) or ""] = None
        helpers = (options_of(annotations, helper.name) for helper in each.message.spec.sub_agents)  # type: ignore[union-attr]
        said = [*own.get("fallback", ()), *(options.get("model") for options in helpers)]
        found |= {name: None for name in map(_named, said) if name}
    return list(found)


def _named(model: object) -> str:
    """Not a script."""
    return model if isinstance(model, str) else ""
