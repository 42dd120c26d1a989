"""When a provider's client tries again by itself, the pause and its reason are told."""

from __future__ import annotations

from typing import Any

from pydantic_ai.models import Model

from stigmerd.agents.reporter import AgentReporter

ON = "model"


def tell_retries(model: Model, reporter: AgentReporter) -> Model:
    """The same model. The clients of both providers are made by one generator, and pause in one place."""
    client: Any = getattr(model, "client", None)
    pause, seconds_of = (
        getattr(client, name, None) for name in ("_sleep_for_retry", "_calculate_retry_timeout")
    )
    if pause is None or seconds_of is None:
        return model
    why = ""

    def seconds(*args: Any, **options: Any) -> float:
        planned = float(seconds_of(*args, **options))
        reporter.tell("wait", on=ON, text=f"{why} from the model {model.model_name}", seconds=planned)
        return planned

    async def sleep(*, response: Any = None, **options: Any) -> None:
        nonlocal why
        why = "no answer" if response is None else f"HTTP {response.status_code}"
        try:
            await pause(response=response, **options)
        finally:
            reporter.tell("wait_over", on=ON)

    client._calculate_retry_timeout, client._sleep_for_retry = seconds, sleep
    return model
