"""Python functions: each is called in this project's interpreter, and can use any library."""

import re
from typing import TypedDict

from stigmer import activity

SKIES = ("sunny", "cloudy", "rainy")


class Place(TypedDict):
    city: str


class Weather(TypedDict):
    sky: str
    degrees: int


@activity
def place_of(text: str) -> Place:
    """The place that a message is about: a step of the workflow."""
    found = re.search(r"\bin ([A-Z]\w+)", text)
    return {"city": found[1] if found else "Oslo"}


def forecast(city: str) -> Weather:
    """The weather of today. The agent's model reads this text, and decides when to call it.

    Args:
        city: its name in English
    """
    # Made up, and always the same: replace it by a request to a weather service.
    print(f"looking up {city}")
    return {"sky": SKIES[len(city) % len(SKIES)], "degrees": 10 + len(city)}
