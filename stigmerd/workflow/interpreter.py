"""Runs the tasks of a workflow: asks for every effect, reports every task."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from stigmerd.workflow.calls import arguments_of
from stigmerd.workflow.ends import Done, ListEnd
from stigmerd.workflow.export import exported
from stigmerd.workflow.failure import (
    LIMIT,
    Problem,
    TaskFailed,
    failed,
    loop_too_large,
)
from stigmerd.workflow.held import Held, WorkflowLimits
from stigmerd.workflow.interfaces import Effects, Reporter
from stigmerd.workflow.iteration import collected, iterations
from stigmerd.workflow.jump import check_target, next_position
from stigmerd.workflow.model import (
    AgentCall,
    CallActivity,
    For,
    Fork,
    GrpcCall,
    HttpCall,
    Listen,
    Raise,
    RunTask,
    Set,
    Switch,
    Task,
    Try,
    Value,
    Wait,
    Workflow,
)
from stigmerd.workflow.place import TaskPlace
from stigmerd.workflow.race import BranchEnd, GivenUp, race
from stigmerd.workflow.resolve import Resolver
from stigmerd.workflow.resuming.only import Only, Reached
from stigmerd.workflow.resuming.rounds import body_of
from stigmerd.workflow.room import Room, unhurried
from stigmerd.workflow.state import State
from stigmerd.workflow.taken import TakenCases
from stigmerd.workflow.template import as_text
from stigmerd.workflow.weight import EMPTY_LIST, NOTHING, Weight, weighing

TURN = 20


async def interpret(
    workflow: Workflow,
    state: State,
    effects: Effects,
    reporter: Reporter,
    limits: WorkflowLimits,
    held: Held | None = None,
    only: str = "",
) -> Value:
    """The workflow's output: that of the last task that had one. Raises TaskFailed.

    `only`: where the walk ends, with the output of that; see `Only`.
    """
    end = Only(only)
    walk = _Walk(effects, reporter, limits, held or Held(limits.held_bytes), end)
    try:
        output = (await walk.begin(workflow.tasks, state)).output
    except Reached as reached:
        return reached.output()
    if only:
        raise end.missed()
    return output


class _Walk:
    """One run: tasks in order, branches at once, loops and catches inside."""

    def __init__(
        self, effects: Effects, reporter: Reporter, limits: WorkflowLimits, held: Held, only: Only
    ) -> None:
        self._only = only
        self._effects = effects
        self._reporter = reporter
        self._limits = limits
        self._count = 0
        self._given_up = GivenUp()
        self._room = Room(held, limits.value_bytes)

    async def begin(self, tasks: Sequence[Task], state: State) -> ListEnd:
        await self._room.take(await unhurried(weighing(state.input)))
        return await self.tasks(tasks, state, "")

    async def tasks(self, tasks: Sequence[Task], state: State, path: str) -> ListEnd:
        output: Value = None
        weight = NOTHING
        position = 0
        taken = TakenCases(tasks)
        with self._room.of(state):
            while position < len(tasks):
                task = tasks[position]
                done, heavy = await self._task(task, tasks[position + 1 :], state, path)
                if not done.silent:
                    output, weight = done.output, heavy
                    taken.gave(output)
                if done.stop or done.then == "end":
                    self._only.ended(path, output)
                    return ListEnd(output=output, weight=weight, stop=True)
                if isinstance(task.config, Switch):
                    taken.begin(position)
                if done.then == "exit":
                    break
                position = next_position(tasks, position, done.then)
                for switch, value in taken.over(position):
                    await self._keep_case(switch, value, state, path)
            for switch, value in taken.over(len(tasks)):
                await self._keep_case(switch, value, state, path)
        self._only.ended(path, output)
        return ListEnd(output=output, weight=weight)

    async def _task(self, task: Task, later: Sequence[Task], state: State, path: str) -> tuple[Done, Weight]:
        place = TaskPlace(task, path + task.name, state, self._reporter)
        try:
            await self._count_task()
            await self._effects.turn(place.key)
            if task.given is not None:
                state.give(task.given)
            done = await self._perform(place)
            weight = await self._weighed(done)
            check_target(done.then, later)
            await self._keep(place, done)
        except TaskFailed as failure:
            problem = failure.problem.at(place.key)
            place.fail(problem)
            for key in (place.key, path):
                self._only.ended(key, problem=problem)
            raise TaskFailed(problem) from None
        except asyncio.CancelledError:
            place.cancel(self._given_up.why(place.key))
            raise
        place.complete(done.output)
        self._only.ended(place.key, done.output)
        return done, weight

    async def _count_task(self) -> None:
        self._count += 1
        if self._count % TURN == 0 or self._room.much_new():
            await asyncio.sleep(0)  # tasks that never wait leave the others a turn, and can be cancelled
        if self._count > self._limits.tasks:
            raise failed(LIMIT, f"the workflow ran more than {self._limits.tasks} tasks")

    async def _weighed(self, done: Done) -> Weight:
        weight = done.weight or await self._room.weigh(done.output, "the output")
        self._room.refuse(weight, "the output")
        if not done.silent:
            await self._room.take(weight)
        return weight

    async def _keep(self, place: TaskPlace, done: Done) -> None:
        task, state = place.task, place.state
        if done.merge:
            state.bind(done.output)
        elif not done.silent:
            state.bind({task.name: done.output if done.data is None else done.data})
        if not done.silent:
            state.output = done.output
        if not isinstance(task.config, Switch):
            if not done.silent:
                state.outputs = {**state.outputs, task.name: done.output}
            if isinstance(task.config, Fork):
                state.forks = (*state.forks, task.name)
            await self._export(task, place.key, state, done.output)

    async def _keep_case(self, switch: Task, value: Value, state: State, path: str) -> None:
        """The value of a switch is the last output of the case that it took."""
        key = path + switch.name
        state.bind({switch.name: value})
        state.outputs = {**state.outputs, switch.name: value}
        try:
            await self._export(switch, key, state, value)
        except TaskFailed as failure:
            raise TaskFailed(failure.problem.at(key)) from None

    async def _export(self, task: Task, key: str, state: State, output: Value) -> None:
        if task.export is None:
            return
        resolver = self._resolver(f"{key}#export", state, dot=output)
        value = await exported(task.export, output, state.context, resolver)
        if value is not output:  # which has been weighed
            await self._room.take(await self._room.weigh(value, "what it exports"))
        state.context = {**state.context, task.name: value}

    def _resolver(self, key: str, state: State, dot: Value = None) -> Resolver:
        return Resolver(self._effects, key, state, dot, most=self._limits.value_bytes)

    async def _perform(self, place: TaskPlace) -> Done:
        resolver = self._resolver(place.key, place.state)
        match place.task.config:
            case Set(variables=variables):
                output = await resolver.value(variables)
                place.begin({"variables": variables})
                return Done(output=output, merge=True, then=place.task.then)
            case HttpCall() | GrpcCall() | AgentCall() | RunTask() | CallActivity() as config:
                arguments = await arguments_of(config, resolver)
                await self._room.weigh(arguments, "what it asks with")
                place.begin({name: each for name, each in arguments.items() if each not in (None, "", {})})
                output = await self._effects.call(place.key, config.KIND, arguments)
                return Done(output=output, then=place.task.then)
            case Wait(seconds=seconds):
                return await self._wait(place, await resolver.value(seconds))
            case Listen(signals=signals, all=every):
                place.begin({"signals": [signal.id for signal in signals], "all": every})
                received = await self._effects.listen(place.key, signals, every=every)
                return Done(output=dict(received), then=place.task.then)
            case Raise(error=error, message=message):
                return await self._raise(place, await resolver.text(error), await resolver.text(message))
            case Switch() as config:
                return await self._switch(place, config, resolver)
            case For() as config:
                return await self._for(place, config, resolver)
            case Fork() as config:
                return await self._fork(place, config)
            case Try() as config:
                return await self._try(place, config)

    async def _wait(self, place: TaskPlace, seconds: Value) -> Done:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise failed(
                "configuration", f"WAIT needs a number of seconds, not {as_text(seconds)}", status=400
            )
        place.begin({"seconds": seconds})
        await self._effects.sleep(place.key, seconds)
        return Done(silent=True, then=place.task.then)

    async def _raise(self, place: TaskPlace, error: str, message: str) -> Done:
        place.begin({"error": error, "message": message})
        raise TaskFailed(Problem(type=error, title=error, detail=message))

    async def _switch(self, place: TaskPlace, config: Switch, resolver: Resolver) -> Done:
        place.begin({"cases": [case.name for case in config.cases]})
        default = None
        for case in config.cases:
            if not case.when:
                default = case
            elif await resolver.condition(case.when):
                return Done(output={"case": case.name, "then": case.then}, silent=True, then=case.then)
        if default is not None:
            return Done(output={"case": default.name, "then": default.then}, silent=True, then=default.then)
        return Done(silent=True, then=place.task.then)

    async def _for(self, place: TaskPlace, config: For, resolver: Resolver) -> Done:
        over = await (resolver.program if isinstance(config.items, str) else resolver.value)(config.items)
        items = iterations(over, self._limits.loop)
        place.begin({"each": config.each, "count": len(items)})
        outputs: dict[str | int, Value] = {}
        weight = EMPTY_LIST
        with self._room.of(over), self._room.of(outputs):
            for number, (index, item) in enumerate(items):
                inner = place.state.copy({"item": item, config.each: item, "index": index})
                end = await self.tasks(body_of(config, number), inner, f"{place.key}[{number}]/")
                outputs[index] = end.output
                weight = weight.with_one(end.weight)
                if weight.bytes > self._limits.value_bytes:
                    raise loop_too_large(self._limits.value_bytes, number + 1, len(items))
                if end.stop:
                    return Done(output=collected(over, outputs), weight=weight, stop=True)
        return Done(output=collected(over, outputs), weight=weight, then=place.task.then)

    async def _fork(self, place: TaskPlace, config: Fork) -> Done:
        place.begin({"branches": [branch.name for branch in config.branches], "compete": config.compete})
        decisive_key = f"{place.key}#decisive"
        # On a replay only the branch that decided is needed; to start the others would repeat their effects.
        earlier = await self._effects.recall(decisive_key)
        results: dict[str, Value] = {}
        branches = {
            branch.name: self._branch(branch.name, branch.do, place, results)
            for branch in config.branches
            if earlier in (None, branch.name)
        }
        with self._room.of(results):
            ends, decisive = await race(
                branches, compete=config.compete, given_up=partial(self._given_up.note, place.key)
            )
        if decisive is not None and earlier is None:
            await self._effects.remember(decisive_key, decisive.name)
        if decisive is not None and decisive.problem is not None:
            raise TaskFailed(decisive.problem)
        won = [decisive] if decisive is not None else ends
        outputs = {end.name: end.output for end in won}
        return Done(
            output=outputs,
            data={**outputs, "branches": outputs},
            stop=decisive is not None and decisive.stop,
            then=place.task.then,
        )

    async def _branch(
        self, name: str, tasks: Sequence[Task], place: TaskPlace, results: dict[str, Value]
    ) -> BranchEnd:
        try:
            end = await self.tasks(tasks, place.state.copy(), f"{place.key}/{name}/")
        except TaskFailed as failure:
            return BranchEnd(name=name, problem=failure.problem)
        results[name] = end.output
        return BranchEnd(name=name, output=end.output, stop=end.stop)

    async def _try(self, place: TaskPlace, config: Try) -> Done:
        place.begin({})
        try:
            end = await self.tasks(config.do, place.state, f"{place.key}/try/")
        except TaskFailed as failure:
            if config.catch is None or failure.problem.type == LIMIT:
                raise
            end = await self._catch(place, config.error_name, config.catch, failure.problem)
        return Done(output=end.output, weight=end.weight, stop=end.stop, then=place.task.then)

    async def _catch(
        self, place: TaskPlace, error_name: str, tasks: Sequence[Task], problem: Problem
    ) -> ListEnd:
        error = {**problem.as_value(), "timestamp": await self._effects.now(f"{place.key}#error")}
        before, caught = place.state.data, place.state.caught
        place.state.bind({"error": error, error_name: error})
        place.state.caught = (*caught, "error", error_name)
        end = await self.tasks(tasks, place.state, f"{place.key}/catch/")
        place.state.restore(("error", error_name), before)
        place.state.caught = caught
        return end
