"""An agent that is given what Python functions found out: a workflow calls them before it asks."""

from tools import forecast, place_of

from stigmer import Agent, Scripted, Workflow

guide = Agent(
    "guide",
    "You plan a day outside, in one sentence, with the forecast that you are given.",
    description="Plans a day",
    # It answers from a file. Without this line, it asks a real model.
    model=Scripted("scripts/guide.yaml"),
)

day = Workflow("day", description="Plans a day outside")
place = day.call_activity("place", place_of, {"text": day.input.message})
weather = day.call_activity("weather", forecast, {"city": place.city})
plan = day.call_agent("plan", guide, f"{place.city}: {weather.sky}, {weather.degrees} °C")
day.set("answer", city=place.city, sky=weather.sky, plan=plan.response)
