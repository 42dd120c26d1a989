"""What a running workflow knows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stigmerd.workflow.interfaces import Scope
from stigmerd.workflow.model import Value
from stigmerd.workflow.other_sdks import with_error_types, with_outputs

EXACT_INTEGERS = 2**53
CONTAINERS = (dict, list, tuple)
DEEPEST = 200  # levels of lists and objects in one value
WRITTEN_OUT = 1e17  # whole numbers below this are shown without an exponent


@dataclass(slots=True, kw_only=True)
class State:
    """`data`: results and SET variables. `context`: exports. `outputs`: of all tasks, by their names.

    `caught`: the names of errors in `data`. `forks`: the tasks that have branches.

    Both are replaced, never changed: an expression such as `${ $data }` gives the very object.
    """

    data: Mapping[str, Value] = field(default_factory=dict)
    context: Mapping[str, Value] = field(default_factory=dict)
    output: Value = None
    env: Mapping[str, Value] = field(default_factory=dict)
    input: Value = None
    outputs: Mapping[str, Value] = field(default_factory=dict)
    caught: tuple[str, ...] = ()
    forks: tuple[str, ...] = ()

    def copy(self, bound: Mapping[str, Value] | None = None) -> State:
        """A state of its own for a branch or an iteration: what it changes stays there."""
        return State(
            data={**self.data, **(bound or {})},
            context=self.context,
            output=self.output,
            env=self.env,
            input=self.input,
            outputs=self.outputs,
            caught=self.caught,
            forks=self.forks,
        )

    def bind(self, names: Mapping[str, Value]) -> None:
        self.data = {**self.data, **names}

    def give(self, values: Mapping[str, Value]) -> None:
        """As if tasks before had given, exported and got these."""
        self.bind(values)
        self.context = {**self.context, **values}
        if isinstance(self.input, Mapping):
            self.input = {**self.input, **values}

    def restore(self, names: Iterable[str], before: Mapping[str, Value]) -> None:
        """These names mean again what they meant before, if anything."""
        kept = {name: value for name, value in self.data.items() if name not in names}
        self.data = {**kept, **{name: before[name] for name in names if name in before}}

    def scope(self, program: str, dot: Value = None) -> Scope:
        """What the program can see. `dot`: `.`, unless it is the data."""
        data = with_error_types(program, self.data, self.caught) if self.caught else self.data
        variables = {
            "context": with_outputs(program, self.context, self.outputs, self.forks),
            "data": data,
            "env": self.env,
            "input": self.input,
            "output": self.output,
        }
        return Scope(dot=data if dot is None else dot, variables=variables)


def too_deep(value: Value) -> bool:
    """Without recursion, which is what deep values are dangerous for: here, in jq, and in other programs."""
    level = [value] if isinstance(value, CONTAINERS) else []
    for _ in range(DEEPEST):
        level = [
            each
            for container in level
            for each in (container.values() if isinstance(container, dict) else container)
            if isinstance(each, CONTAINERS)
        ]
        if not level:
            return False
    return bool(level)


def canonical(value: Value) -> Value:
    """The one form of a JSON value in a workflow: numbers are doubles, whole ones ints, as jq writes them."""
    match value:
        case bool() | None:
            return value
        case str():
            return value if value.isascii() else _well_formed(value)
        case int() if -EXACT_INTEGERS <= value <= EXACT_INTEGERS:
            return value
        case int() | float():
            return _canonical_number(value)
        case Mapping():
            return {canonical(str(key)): canonical(each) for key, each in value.items()}
        case _:
            return [canonical(each) for each in value]


def _well_formed(text: str) -> str:
    """Without lone surrogates, which JSON can write and nothing else can store."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _canonical_number(value: float) -> Value:
    try:
        number = float(value)
    except OverflowError:  # an int beyond the doubles
        number = math.inf if value > 0 else -math.inf
    if math.isnan(number):
        return None
    if math.isinf(number):
        return math.copysign(1.7976931348623157e308, number)
    return int(number) if number.is_integer() and abs(number) < WRITTEN_OUT else number
