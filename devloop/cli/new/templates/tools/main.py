"""Python functions of the project: an agent calls them when it wants to, and a workflow as its steps."""

from tools import forecast, place_of

from stigmer import Agent, Scripted, Workflow

guide = Agent(
    "guide",
    "You plan a day outside, in one sentence. Look up the forecast first.",
    description="Plans a day",
    tools=[forecast],
    # It answers from a file. Without this line, it asks a real model.
    model=Scripted("scripts/guide.yaml"),
)

day = Workflow("day", description="Plans a day outside")
place = day.call_activity("place", place_of, {"text": day.input.message})
plan = day.call_agent("plan", guide, f"A day in {place.city}")
day.set("answer", city=place.city, plan=plan.response)
