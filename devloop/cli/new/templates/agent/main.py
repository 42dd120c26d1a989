"""An assistant that remembers what you told it, and has a translator to help."""

from pathlib import Path

from stigmer import Agent, EnvVar, Scripted, SubAgent

translator = SubAgent(
    "translator", "You translate into French, word by word.", description="Translates into French"
)

assistant = Agent(
    "assistant",
    Path("prompts/assistant.md"),
    description="Answers questions, and remembers your name",
    sub_agents=[translator],
    env=[EnvVar("TEAM", default="the team", description="Whom it works for")],
    # It answers from a file. Without this line, it asks a real model.
    model=Scripted("scripts/assistant.yaml"),
)
