"""A declared workflow as the flat lists of tasks of its manifest, once everything in it fits together."""

from __future__ import annotations

from stigmer import project
from stigmer.errors import DeclarationError, did_you_mean, listed
from stigmer.names import RESERVED_TASKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stigmer.flow import Body, Flow, Step

    Json = Any  # what json.dumps takes

EVERYTHING = "${.}"
LEAST_BRANCHES = 2


def tasks_of(flow: Flow) -> list[dict[str, Json]]:
    """Tasks as the contract's JSON. Raises DeclarationError for what only shows at the end."""
    if not flow.body.steps:
        raise DeclarationError(f'workflow "{flow.name}" has no tasks', flow.body.place)
    return _list(flow.body, "end")


def _list(body: Body, over: str) -> list[dict[str, Json]]:
    """`over` is where a list that nothing follows goes on."""
    flat = list(_flat(body, over))
    names = [step.name for step, _, _ in flat]
    for position, (step, config, then) in enumerate(flat):
        for target in [then, *(case["then"] for case in config.get("cases", ()))]:
            _check_jump(step, target, names[: position + 1], names[position + 1 :])
    return [_task(step, config, then) for step, config, then in flat]


def _flat(body: Body, after: str) -> list[tuple[Step, dict[str, Json], str]]:
    """Tasks, their configuration, what comes next. The cases of a switch stand in the list after it."""
    found: list[tuple[Step, dict[str, Json], str]] = []
    for position, step in enumerate(body.steps):
        following = body.steps[position + 1].name if position + 1 < len(body.steps) else after
        found.append((step, _config(step, following), step.then))
        for block in step.bodies if step.kind == "SWITCH" else ():
            inner = _flat(block, following)
            last, config, then = inner[-1]
            # RAISE never goes on, but says where its case is over.
            if last is block.steps[-1]:
                inner[-1] = (last, config, then or following)
            found += inner
    return found


def _config(step: Step, following: str) -> dict[str, Json]:
    for body in step.bodies:
        if not body.steps:
            raise DeclarationError(f"{body.title} has no tasks", body.place)
    match step.kind:
        case "SWITCH":
            return {"cases": _cases(step, following)}
        case "FOR":
            if not step.bodies[0].steps:
                raise DeclarationError(f'the loop "{step.name}" has no tasks', step.place)
            return {**step.config, "do": _list(step.bodies[0], "exit")}
        case "FORK":
            if len(step.bodies) < LEAST_BRANCHES:
                raise DeclarationError(
                    f'the fork "{step.name}" has {len(step.bodies)} branches; it needs {LEAST_BRANCHES}',
                    step.place,
                )
            branches = [{"name": body.name, "do": _list(body, "exit")} for body in step.bodies]
            return {"branches": branches, **step.config}
        case "TRY":
            tried: dict[str, Json] = {"try": _list(step.bodies[0], "exit")}
            if len(step.bodies) > 1:
                tried["catch"] = {**step.config["catch"], "do": _list(step.bodies[1], "exit")}
            return tried
        case _:
            return step.config


def _cases(step: Step, following: str) -> list[dict[str, Json]]:
    cases: list[dict[str, Json]] = step.config["cases"]
    if not cases:
        raise DeclarationError(f'the switch "{step.name}" has no cases', step.place)
    if not step.bodies:
        return cases
    ways = [{**case, "then": body.steps[0].name} for case, body in zip(cases, step.bodies, strict=True)]
    if all("when" in way for way in ways):
        ways.append({"name": "otherwise", "then": following})
    return ways


def _task(step: Step, config: dict[str, Json], then: str) -> dict[str, Json]:
    task: dict[str, Json] = {
        "name": step.name,
        "kind": f"WORKFLOW_TASK_KIND_{step.kind}",
        "taskConfig": config,
    }
    if step.referenced:
        task["export"] = {"as": EVERYTHING}
    if then:
        task["flow"] = {"then": then}
    return task


def _check_jump(step: Step, target: str, passed: list[str], later: list[str]) -> None:
    if target in ("", *RESERVED_TASKS) or target in later:
        return
    where = f'the task "{step.name}" goes on to "{target}"'
    if target in passed:
        reason = "which is not after it; a jump goes forward only"
    elif (other := step.flow.steps.get(target)) is not None:
        reason = f"which is in {other.body.title}; a jump stays in its own list of tasks"
    else:
        hint = did_you_mean(target, later) or f"; after it there are {listed(later)}"
        reason = f"and there is no such task{hint}"
    project.current().mistaken(DeclarationError(f"{where}, {reason}", step.place))
