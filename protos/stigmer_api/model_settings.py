"""What an agent says about how its model answers: the names of the settings, and what each may be.

The SDK checks what a program declares, the backend what a manifest carries.
"""

from __future__ import annotations

NAMES = (
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "stop",
    "presence_penalty",
    "frequency_penalty",
    "thinking",
    "parallel_tool_calls",
    "timeout",
    "cache",
    "service_tier",
    "extra_headers",
    "extra_body",
)
EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
RETENTIONS = ("5m", "30m", "1h", "12h")
TIERS = ("auto", "default", "flex", "priority")
NUMBERS = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
}
COUNTS = ("max_tokens", "top_k")


def mistake_in(name: str, value: object) -> str:
    """What this setting must be, as `must be …`; empty if it is all right. Raises KeyError for no setting."""
    if name not in NAMES:
        raise KeyError(name)
    if name in NUMBERS:
        low, high = NUMBERS[name]
        return "" if _number(value) and low <= value <= high else f"must be a number from {low} to {high}"  # type: ignore[operator]
    if name in COUNTS:
        return "" if _whole(value) and value > 0 else "must be a whole number above zero"  # type: ignore[operator]
    if name == "timeout":
        return "" if _number(value) and value > 0 else "must be a number of seconds above zero"  # type: ignore[operator]
    if name == "seed":
        return "" if _whole(value) else "must be a whole number"
    if name == "parallel_tool_calls":
        return "" if isinstance(value, bool) else "must be True or False"
    return _mistake_in_words(name, value)


def _mistake_in_words(name: str, value: object) -> str:
    if name == "stop":
        texts = isinstance(value, list | tuple) and all(isinstance(each, str) and each for each in value)
        return "" if texts and value else "must be a list of texts"
    if name == "extra_headers":
        texts = isinstance(value, dict) and all(
            isinstance(each, str) for pair in value.items() for each in pair
        )
        return "" if texts else "must be texts by the names of headers"
    if name == "extra_body":
        return "" if isinstance(value, dict) else "must be fields by their names"
    words = {"thinking": EFFORTS, "cache": RETENTIONS, "service_tier": TIERS}[name]
    switch = name != "service_tier"
    if (switch and isinstance(value, bool)) or (isinstance(value, str) and value in words):
        return ""
    return f"must be {'True, False or ' if switch else ''}one of {', '.join(words)}"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
