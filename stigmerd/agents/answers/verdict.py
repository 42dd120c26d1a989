"""What is wrong with an answer that came, in words with what to do: cut off, refused, broken off, empty."""

from __future__ import annotations

from typing import Final, NamedTuple

from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import ModelResponse, ToolCallPart

from stigmer_api.masking import Masker
from stigmerd.agents.answers.ending import BROKEN, given_reason, reason_of, says_nothing
from stigmerd.agents.models.failures import shortly

CUT_IN_CALL: Final = "the model was cut off in the middle of this call"
USUAL: Final = frozenset({"stop", "tool_call", ""})
FULL: Final = "model_context_window_exceeded"  # Anthropic's word
FILTERS: Final = ("filter", "guardrail", "safety", "moderat")  # in words that only some providers have


class Shortcoming(NamedTuple):
    """What happened, what to do, and the error's code."""

    text: str
    remedy: str
    code: str
    serious: bool = True  # else it is only told

    def __str__(self) -> str:
        return f"{self.text}; {self.remedy}"


class NotWhole(UnexpectedModelBehavior):
    """An answer that is not what was asked for; its message is for people."""

    def __init__(self, verdict: Shortcoming) -> None:
        super().__init__(str(verdict))
        self.code = verdict.code


def judged(response: ModelResponse, *, model: str, masker: Masker, limit: int | None) -> Shortcoming | None:
    """None: the answer is whole.

    Args:
        model: its name.
        limit: of tokens, as it was asked for.
    """
    the_model = f"the model {model}"
    if broken := (response.metadata or {}).get(BROKEN):
        where = f" at {response.provider_url}" if response.provider_url else ""
        text = f"the answer of {the_model}{where.rstrip('/')} broke off: {broken}"
        return Shortcoming(
            text, "try again, and look at what is in between (a proxy, a server's log)", "E1261"
        )
    match response.finish_reason:
        case "length":
            return _too_long(response, the_model, limit)
        case "content_filter":
            return _filtered(response, the_model, masker)
        case "error":
            why = given_reason(response) or "it did not say why"
            return Shortcoming(
                f"the provider stopped the answer of {the_model} ({why})", "try again", "E1263"
            )
    if any(word in given_reason(response).lower() for word in FILTERS):
        return _filtered(response, the_model, masker)
    if response.state != "suspended" and says_nothing(response):
        return _nothing(response, the_model)
    if reason_of(response) not in USUAL and response.finish_reason is None:
        text = f"{the_model} stopped for a reason of its own ({given_reason(response)})"
        return Shortcoming(text, "look whether its answer is whole", "E1263", serious=False)
    return None


def _too_long(response: ModelResponse, the_model: str, limit: int | None) -> Shortcoming:
    given = given_reason(response) or "length"
    if given == FULL:
        remedy = "send less, begin a new session, or choose a model with a larger context window"
        return Shortcoming(
            f"the conversation filled the context window of {the_model} ({given})", remedy, "E0822"
        )
    used = response.usage.output_tokens
    tokens = f"its limit of {limit} tokens" if limit else "its limit of tokens"
    after = f" after {used}" if used and not limit else ""
    remedy = "raise max_tokens in the agent's settings, or ask for a shorter answer"
    return Shortcoming(f"{the_model} stopped at {tokens}{after} ({given})", remedy, "E0822")


def _filtered(response: ModelResponse, the_model: str, masker: Masker) -> Shortcoming:
    details = response.provider_details or {}
    given = str(details.get("finish_reason") or details.get("block_reason") or "")
    if (refusal := refusal_in(response)) or given == "refusal":
        # Masked before it is cut: half a secret cannot be recognised.
        said = shortly(masker.text(refusal or (response.text or "")))
        return Shortcoming(
            f"{the_model} refuses to answer{f': {said}' if said else ''}", "change the message", "E1260"
        )
    what = "the message to" if details.get("block_reason") else "the answer of"
    why = f" ({given})" if given and given != "content_filter" else ""
    return Shortcoming(
        f"the provider's content filter stopped {what} {the_model}{why}",
        "change the message or the instructions",
        "E0820",
    )


def _nothing(response: ModelResponse, the_model: str) -> Shortcoming:
    thought = any(part.part_kind == "thinking" for part in response.parts)
    what = "only thought, and answered nothing" if thought else "answered nothing"
    remedy = "ask in other words, give it more tokens to think, or choose another model"
    return Shortcoming(f"{the_model} {what}, twice", remedy, "E1262")


def refusal_in(response: ModelResponse) -> str:
    """What a model said instead of an answer."""
    return str((response.provider_details or {}).get("refusal") or "")


def half_calls(response: ModelResponse) -> list[ToolCallPart]:
    """Those whose arguments break off; the last may have none yet."""
    found = []
    for call in response.tool_calls:
        if call is response.parts[-1] and not call.args:
            found.append(call)
            continue
        try:
            call.args_as_dict(raise_if_invalid=True)
        except (ValueError, AssertionError):
            found.append(call)
    return found
