"""Secrets that were planted everywhere: raw hits in outputs, logs and files."""

from __future__ import annotations

import secrets
from pathlib import Path
from random import Random

from tests.faults.figure import Figure
from tests.support.world import World, new_world

PROGRAM = """
import os
from stigmer import Agent, Scripted, Workflow, activity, runtime

@activity
def echo(text):
    print(os.environ["S0"])
    return {"text": text, "env": os.environ["S1"]}

@activity
def fail():
    raise ValueError(os.environ["S2"])

wf = Workflow("leaky")
wf.set("set", text=f"{runtime.secret('S3')} in a text")
wf.call_activity("echo", echo, {"text": f"{runtime.secret('S4')}"})
with wf.try_("guard") as guard:
    wf.http_get("get", f"http://127.0.0.1:9/{runtime.secret('S5')}")
with guard.catch() as error:
    wf.set("caught", why=error.message)
speaker = Agent("speaker", "Say what you were asked.", model=Scripted("script.yaml"))
wf.call_agent("ask", speaker, f"please {runtime.secret('S6')}")
wf.call_activity("fail", fail)
"""
SCRIPT = "- say: 'You said: {{ message }}'\n"
COUNT = 7


def planted_secrets(random: Random) -> Figure:
    values = {f"S{number}": f"plant-{secrets.token_hex(12)}" for number in range(COUNT)}
    with new_world() as world:
        project = world.project(PROGRAM)
        (project / "script.yaml").write_text(SCRIPT)
        outputs = said(world, project, values)
        violations = [
            f"{name} is in the output of {where}"
            for where, text in outputs.items()
            for name, value in values.items()
            if value in text
        ]
        violations += [
            f"{name} is in {path.relative_to(world.dir)}"
            for path in world.dir.rglob("*")
            if path.is_file() and not path.is_symlink()
            for name, value in values.items()
            if value.encode() in path.read_bytes()
        ]
        hits = len(violations)
        if "***" not in "".join(outputs.values()):
            violations.append("nothing was masked at all: nothing was tried")
    return Figure(
        line=f"{len(values)} planted secrets, {len(outputs)} outputs and all files: {hits} raw hits",
        violations=tuple(violations),
    )


def said(world: World, project: Path, values: dict[str, str]) -> dict[str, str]:
    flags = [part for name in values for part in ("-e", f"secret:{name}")]
    outputs = {}
    for form in ("plain", "json", "quiet"):
        done = world.run("run", "leaky", *flags, "-o", form, cwd=project, env=values)
        outputs[f"run -o {form}"] = done.text
    outputs["executions list"] = world.run("executions", "list", "-o", "json").text
    outputs["server logs"] = world.run("server", "logs", "-n", "1000").text
    assert world.run("server", "stop").code == 0
    return outputs
