"""One turn of a model, as it is told beside the message that it makes: thinking, then what it took."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

from pydantic_ai.messages import (
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
)
from pydantic_ai.models import Model

from stigmer_api.masking import Masker
from stigmerd.agents.answers.ending import reason_of
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

THOUGHT_SECONDS = 0.1  # between two notes of it, each of which is kept
PATIENCE_SECONDS = 2.0  # then it is said that the model is awaited


class ModelTurn:
    """Begins with the request. `call`: of the sub-agent whose turn it is, else empty."""

    def __init__(
        self, reporter: AgentReporter, masker: Masker, model: Model, index: int, *, call: str = ""
    ) -> None:
        self._reporter = reporter
        self._masked = masker.stream()
        self._model = model
        self._on = f"answer {call}".strip()
        self._silent: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(
            PATIENCE_SECONDS, self._wait
        )
        self._waits = False
        self._place: dict[str, Json] = {"message": index, "call": call}
        self._began = time.monotonic()
        self._thought = ""
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, event: object) -> None:
        self._answers()
        match event:
            case PartStartEvent(part=ThinkingPart(content=text)) if text:
                self._think(text)
            case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text)) if text:
                self._think(text)

    def over(self) -> None:
        """It thinks no more, whether it has answered or not."""
        self._answers()
        self._thought += self._masked.flush()
        self._flush()

    def finished(self, response: ModelResponse, cost: float | None) -> None:
        """`cost`: in dollars; None: nobody knows."""
        self.over()
        usage = response.usage
        told: dict[str, Json] = {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cache_read_tokens,
        }
        if cost is not None:
            told["cost_usd"] = cost
        self._reporter.tell(
            "turn",
            **self._place,
            model=response.model_name or self._model.model_name,
            address=_plain(response.provider_url) if response.provider_url else address_of(self._model),
            usage=told,
            finish_reason=reason_of(response),
            seconds=time.monotonic() - self._began,
        )

    def _wait(self) -> None:
        """A model of one's own may first be loaded, for half a minute."""
        where = address_of(self._model)
        text = f"waiting for the model {self._model.model_name}{f' at {where}' if where else ''}"
        self._waits = True
        self._reporter.tell("wait", on=self._on, text=text)

    def _answers(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None
        if self._waits:
            self._waits = False
            self._reporter.tell("wait_over", on=self._on)

    def _think(self, text: str) -> None:
        self._thought += self._masked.feed(text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(THOUGHT_SECONDS, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._thought:
            self._reporter.tell("thinking", **self._place, more=self._thought)
            self._thought = ""


def text_in(event: object) -> str:
    """What the model says in this event; nothing where it thinks or calls."""
    match event:
        case PartStartEvent(part=TextPart(content=text)):
            return text
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
    return ""


def begins_apart(event: object) -> bool:
    """Is it a text of its own, after a call?"""
    match event:
        case PartStartEvent(part=TextPart(), previous_part_kind=before):
            return before not in (None, "text")
    return False


def cost_of(response: ModelResponse) -> float | None:
    """In dollars, by the prices of whoever runs that address; None where nobody knows them."""
    if not response.provider_url or not response.model_name:
        return None
    from genai_prices import calc_price

    try:
        price = calc_price(
            response.usage,
            response.model_name,
            provider_api_url=response.provider_url,
            genai_request_timestamp=response.timestamp,
        )
    except (LookupError, ValueError):  # an own server, a model that is newer than the list, no usage
        return None
    return float(price.total_price)


def address_of(model: Model) -> str:
    """Without a user and password, which some write into it."""
    return _plain(model.base_url or "")


def _plain(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
