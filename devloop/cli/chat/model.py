"""`/model`: which model answers from now on."""

from __future__ import annotations

from dataclasses import replace

from devloop.cli.chat.chat import Chat
from devloop.cli.dotenv import whole
from devloop.cli.input.models import read_models
from runcmd.errors import UsageError
from runcmd.models import check_agents
from runcmd.request import WantedModel

DEFAULT = "default"  # what the agent and the settings say


async def model(chat: Chat, rest: str) -> None:
    """Says which one, or chooses another."""
    talk = chat.talk
    if rest == DEFAULT:
        talk.request = replace(talk.request, models=())
    elif rest:
        try:
            wanted = read_models([rest], whole)
            deployed = chat.deployed
            await check_agents(wanted, deployed.candidates, deployed.backend, deployed.org)
        except UsageError as error:
            raise UsageError(_here(error.message), code=error.code, hint=_here(error.hint)) from error
        kept = () if "" in {each.agent for each in wanted} else talk.request.models
        chosen = {each.agent: each for each in (*kept, *wanted)}
        talk.request = replace(talk.request, models=tuple(chosen.values()))
    if not talk.request.models:
        chat.screen.say("answers come from the model that the agent and the settings name")
    for each in talk.request.models:
        whom = f" for {each.agent}" if each.agent else ""
        chat.screen.say(f"answers{whom} come from {_name(each)}; /model {DEFAULT} takes it back")


def _name(wanted: WantedModel) -> str:
    said = " with a script of its own" if wanted.script else ""
    return f"{wanted.provider}:{wanted.name}{said}" if wanted.name else f"{wanted.provider}{said}"


def _here(text: str) -> str:
    """As it is written in a conversation."""
    return text.replace("--model", "/model")
