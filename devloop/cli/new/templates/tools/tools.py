"""Python functions that workflows call. Each runs in a process of its own, and can use any library."""

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
    """The place that a message is about."""
    found = re.search(r"\bin ([A-Z]\w+)", text)
    return {"city": found[1] if found else "Oslo"}


@activity
def forecast(city: str) -> Weather:
    """Made up, and always the same: replace it by a request to a weather service."""
    return {"sky": SKIES[len(city) % len(SKIES)], "degrees": 10 + len(city)}
