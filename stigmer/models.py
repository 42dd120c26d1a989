"""The model of an agent: which one, how it answers, and whom to ask if it fails."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares, did_you_mean
from stigmer.files import beside, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

FORM = 'write "provider:name", such as "anthropic:claude-sonnet-4-5"'


class Scripted:
    """A model that answers from a script, with no network. A relative path starts where this stands.

    Example:
        ```python
        critic = Agent("critic", "You judge greetings in one sentence.", model=Scripted("critic.yaml"))
        ```
    """

    __slots__ = ("file", "text")

    @declares
    def __init__(self, file: str | os.PathLike[str]) -> None:
        self.text = read_file("the script", file)
        self.file = beside(file)


class ModelSettings:
    """How a model answers. What is left out is as the provider does it.

    A setting that the provider does not have is left out of the request, and a warning says so.

    Args:
        max_tokens: the longest answer.
        temperature: 0 to 2; the lower, the more alike are the answers.
        top_p: 0 to 1: only from the likeliest tokens, with that probability in all.
        top_k: only from so many likeliest tokens.
        seed: for answers that can be had again.
        stop: texts at which the answer ends.
        presence_penalty: -2 to 2: against tokens that are there already.
        frequency_penalty: -2 to 2: against tokens that are there often.
        thinking: True, False, or how much: "minimal", "low", "medium", "high", "xhigh", "max".
        parallel_tool_calls: False: one call of a tool at a time.
        timeout: seconds that a request may wait for the provider's next word.
        cache: False: the provider keeps no instructions and tools for the next request, as it does for Claude
            where nothing is said; or for how long: "5m", "1h".
        service_tier: "auto", "default", "flex", "priority".
        extra_headers: of the request.
        extra_body: fields of the request that only this provider knows.

    Raises DeclarationError for a value that a setting cannot have.

    Example:
        ```python
        writer = Agent(
            "writer",
            "You write release notes from a list of commits.",
            model="anthropic:claude-sonnet-4-5",
            settings=ModelSettings(max_tokens=2000, temperature=0.2, thinking="low"),
            fallback=["openai:gpt-5-mini"],
        )
        ```
    """

    __slots__ = ("said",)

    @declares
    def __init__(
        self,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
        seed: int | None = None,
        stop: Sequence[str] | None = None,
        presence_penalty: float | None = None,
        frequency_penalty: float | None = None,
        thinking: bool | str | None = None,
        parallel_tool_calls: bool | None = None,
        timeout: float | None = None,
        cache: bool | str | None = None,
        service_tier: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> None:
        from stigmer_api.model_settings import mistake_in  # only a program that has settings pays for it

        given = {name: value for name, value in locals().items() if name not in ("self", "mistake_in")}
        self.said: dict[str, object] = {}
        for name, value in given.items():
            if value is None:
                continue
            plain = list(value) if name == "stop" and isinstance(value, tuple) else value
            if mistake := mistake_in(name, plain):
                raise DeclarationError(f"the setting {name} {mistake}, not {value!r:.60}")
            self.said[name] = plain

    def __repr__(self) -> str:
        return f"ModelSettings({', '.join(f'{name}={value!r}' for name, value in self.said.items())})"


def model_options(
    model: Scripted | str | None,
    settings: ModelSettings | None,
    fallback: Sequence[Scripted | str],
    *,
    scripted_elsewhere: bool = False,
) -> dict[str, object]:
    """What an agent's options say of its model. Raises DeclarationError.

    `scripted_elsewhere`: the script of an agent itself has its own place in a manifest.
    """
    if settings is not None and not isinstance(settings, ModelSettings):
        raise DeclarationError(f"settings wants ModelSettings(…), not {settings!r:.60}")
    if isinstance(fallback, str | Scripted):
        raise DeclarationError(f"fallback wants a list of models: [{fallback!r:.60}]")
    said: dict[str, object] = {}
    if model is not None:
        checked = check_model("model", model)
        if not (scripted_elsewhere and isinstance(model, Scripted)):
            said["model"] = checked
    if settings is not None and settings.said:
        said["settings"] = settings.said
    if fallback:
        said["fallback"] = [check_model("fallback", each) for each in fallback]
    return said


def scripts_in(model: Scripted | str | None, fallback: Sequence[Scripted | str]) -> list[Scripted]:
    """Those that a run must look at."""
    return [each for each in (model, *fallback) if isinstance(each, Scripted)]


def check_model(what: str, model: Scripted | str) -> object:
    """As JSON has it. Raises DeclarationError with the nearest provider."""
    if isinstance(model, Scripted):
        return {"script": model.text}
    if not isinstance(model, str) or not model.strip():
        raise DeclarationError(f"{what} wants a text or Scripted(…), not {model!r:.60}; {FORM}")
    provider, colon, name = model.strip().partition(":")
    if not colon:
        return model.strip()
    from stigmer_api.model_providers import PROVIDERS, SCRIPTED  # only a program that names one pays for it

    if provider == SCRIPTED:
        raise DeclarationError(f'{what} "{model}": a script is written Scripted({name!r})')
    if provider not in PROVIDERS:
        near = did_you_mean(provider, PROVIDERS)
        hint = near or f"; there are {', '.join(PROVIDERS)}"
        if not near or "ollama" in near:  # its names have a colon of their own
            hint += f'; a model of Ollama is written "ollama:{model}"'
        raise DeclarationError(f'{what} "{model}": there is no provider "{provider}"{hint}')
    if not name:
        raise DeclarationError(f'{what} "{model}" names no model; {FORM}')
    return model.strip()
