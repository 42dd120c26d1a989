"""Greets somebody, and has the greeting judged."""

from pathlib import Path

from stigmer import Agent, Scripted, Workflow

critic = Agent(
    "critic",
    Path("prompts/critic.md"),
    description="Judges greetings",
    # It answers from a file. Without this line, it asks a real model.
    model=Scripted("scripts/critic.yaml"),
)

greet = Workflow("greet", description="Greets somebody, and has the greeting judged")
line = greet.set("line", text=f"Hello, {greet.input.message}!")
judge = greet.call_agent("judge", critic, line.text)
greet.set("answer", greeting=line.text, verdict=judge.response)
