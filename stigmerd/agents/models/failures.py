"""Why a model did not answer: the provider's refusal or the connection, in words, with what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    OutputTokenLimitExceeded,
    UnexpectedModelBehavior,
)

from stigmer_api.bodies import in_short
from stigmer_api.client_env import KEY_VARIABLES
from stigmer_api.masking import Masker
from stigmerd.agents.models.address import asked_url, host_of, through_proxy
from stigmerd.agents.models.connection import lost_connection

LONGEST_CHARACTERS = 300
# How pydantic-ai says that, and how we do.
UNREADABLE = ("Failed to decode", "Expected a JSON response", "Unreadable: ")


class Failure(NamedTuple):
    """In words, and the error's code."""

    text: str
    code: str


def refused(error: ModelAPIError, choice: Mapping[str, str], masker: Masker) -> Failure:
    """What a provider answered, or why none did. `choice`: the model's, as it was chosen."""
    url = asked_url(error, choice)
    if isinstance(error, ModelConnectionError) and not isinstance(error, ModelHTTPError):
        text, code = lost_connection(error, url, choice)
        return Failure(text, code)
    if not isinstance(error, ModelHTTPError) and str(error).startswith(UNREADABLE):
        why = shortly(masker.text(str(error).partition(": ")[2]))
        what = f"what the model {error.model_name} at {url} sent cannot be read ({why})"
        return Failure(f"{what}; {_check_address(choice)}", "E1264")
    what, remedy, code = _refusal(error, choice)
    status = getattr(error, "status_code", None) or _redirect(error)
    if status == 407:
        what, remedy, code = "the proxy refuses the connection", "check its user and password", "E0815"
    elif status is not None and 300 <= int(status) < 400:
        what, remedy, code = "the address of the model has moved", _check_address(choice), "E0803"
    # Masked before it is cut: half a secret cannot be recognised.
    said = shortly(masker.text(words_of(error)))
    where = ", ".join(filter(None, (f"HTTP {status} from {url}" if status else url, through_proxy(url))))
    return Failure(f"{what} ({where}){f': {said}' if said else ''}; {remedy}", code)


def _refusal(error: ModelAPIError, choice: Mapping[str, str]) -> tuple[str, str, str]:
    """What happened, what to do, and the code."""
    model, key = error.model_name, _key(choice)
    match error:
        case ModelQuotaExceededError():
            return "the quota of the API key is used up", f"see the plan and the billing of {key}", "E0804"
        case ModelRateLimitError():
            wait = f"wait {error.retry_after:g} s" if error.retry_after else "wait a little"
            return f"too many requests for the model {model}", f"{wait}, or run fewer at once", "E0805"
        case ModelAuthenticationError() if getattr(error, "status_code", 401) == 403:
            return f"the API key may not use the model {model}", f"check {key}", "E0806"
        case ModelAuthenticationError():
            return "the provider does not accept the API key", f"check {key}", "E0801"
        case ModelNotFoundError():
            return f"there is no model {model}", _check_address(choice), "E0802"
        case ModelContextWindowExceededError():
            return (
                f"the conversation is too long for the model {model}",
                "send less, begin a new session, or choose a model with a larger context window",
                "E0808",
            )
        case ModelTimeoutError():
            return f"the model {model} did not answer in time", "try again", "E0814"
        case ModelUnavailableError() | ModelServerError():
            return f"the provider of the model {model} failed", "try again later", "E0809"
        case _:
            return f"the provider does not accept the request for the model {model}", "change it", "E0807"


def _key(choice: Mapping[str, str]) -> str:
    """Which one it was, and where it came from: never its value."""
    if choice["api_key"] != "":
        return f"the key, {choice.get('key_from') or 'wherever it was given'}"
    if choice.get("key_kept"):
        return f"that a key is given, for none was sent: {choice['key_kept']}"
    variable = KEY_VARIABLES.get(choice["provider"], "STIGMER_LLM_API_KEY")
    return f"that a key is given, for none was sent: set {variable} or STIGMER_LLM_API_KEY"


def _check_address(choice: Mapping[str, str]) -> str:
    name = f"its name ({choice['name_from']})" if choice.get("name_from") else "its name"
    address = f", and the address ({choice['address_from']})" if choice.get("address_from") else ""
    return f"check {name}{address}"


def _redirect(error: ModelAPIError) -> int | None:
    """pydantic-ai knows no status below 400."""
    return getattr(error.__cause__, "status_code", None)


def words_of(error: ModelAPIError) -> str:
    """The provider's own, out of whatever it sent."""
    body = _plain(error.body)
    if isinstance(body, dict):
        inner = body.get("error") or body.get("Error")
        body = inner if isinstance(inner, dict) else body
        for name in ("message", "Message", "detail", "error"):
            if isinstance(said := body.get(name), str) and said:
                return said
    if body is None:
        return ""
    return body if isinstance(body, str) else str(body)


def _plain(body: object) -> object:
    """Some libraries leave it as it came."""
    if not isinstance(body, bytes):
        return body
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def shortly(text: str) -> str:
    """On one line, a page or JSON by what it says."""
    flat = " ".join(in_short(text).split()).rstrip(".")
    return flat if len(flat) <= LONGEST_CHARACTERS else f"{flat[: LONGEST_CHARACTERS - 1]}…"


def unusable(error: UnexpectedModelBehavior, choice: Mapping[str, str], masker: Masker) -> Failure:
    """It answered, and nobody can go on with that."""
    said = shortly(masker.text(str(error)))
    model = f"the model {choice['name']}"
    match error:
        case ContentFilterError():
            return Failure(
                f"the provider's content filter stopped {model}: {said}; change the message", "E0820"
            )
        case OutputTokenLimitExceeded():
            return Failure(
                f"the answer of {model} was cut off at its limit of tokens: {said}; ask for less", "E0822"
            )
    if "without content" in said:
        at = f" at {host_of(choice)}" if host_of(choice) else ""
        return Failure(f"{model}{at} answered with nothing; {_check_address(choice)}", "E0803")
    return Failure(f"{model} answered with something unusable: {said}", "E0821")
