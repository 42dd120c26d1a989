"""What a task is given, as the strings and structures of its configuration."""

from __future__ import annotations

from stigmer import project, text
from stigmer.data import check_key, no_data, number, quoted
from stigmer.errors import DeclarationError, did_you_mean
from stigmer.expressions import Expr
from stigmer.jq_code import Literal, jq_code, needs_of
from stigmer.written_program import WrittenProgram
from stigmer.wrong_field import WrongField

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from stigmer.flow import Flow
    from stigmer.interfaces import Need

    Json = Any  # what json.dumps takes

WITH_PLACE = (WrongField, WrittenProgram)
CONTEXT = '$context["'


class Values:
    """Turns the arguments of one task into its configuration; what they refer to must be there."""

    __slots__ = ("_flow",)

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def text(self, what: str, value: object) -> str:
        """A text that may hold expressions, for a field that must have one."""
        match value:
            case Expr() | Literal():
                return self._expression(value)
            case str() if value.strip():
                return self._written(value)
            case str():
                raise DeclarationError(f"{what} is empty")
            case _:
                raise DeclarationError(f"{what} must be text or an expression, not {no_data(value)}")

    def texts(self, what: str, values: Mapping[str, object]) -> dict[str, str]:
        """Headers, variables of a called agent."""
        fields = self.mapping(what, values)
        return {key: self._any_text(f'{what} "{key}"', value) for key, value in fields.items()}

    def variables(self, values: Mapping[str, object]) -> dict[str, str]:
        """SET has texts only: other values become expressions, so that they keep their type."""
        fields = self.mapping("the variables", values)
        return {
            key: self._written(value) if isinstance(value, str) else self._expression(value)
            for key, value in fields.items()
        }

    def structure(self, what: str, values: Mapping[str, object]) -> dict[str, Json]:
        """A body, an input: an object whose texts may hold expressions."""
        return {key: self._json(value) for key, value in self.mapping(what, values).items()}

    def condition(self, value: object) -> str:
        match value:
            case Expr() | bool():
                return self._expression(value)
            case str() if value.strip():
                return self._written(value)
            case _:
                raise DeclarationError(
                    f"a condition is an expression such as order.total > 100, not {value!r:.60}"
                )

    def collection(self, value: object) -> str:
        match value:
            case Expr() | list() | tuple():
                return self._expression(value)
            case range():
                return self._expression(list(value))
            case str() if text.OPEN in value:
                return self._written(value)
            case _:
                raise DeclarationError(
                    "a loop wants a list, or an expression that gives one, "
                    f"not {type(value).__name__} {value!r:.60}"
                )

    def mapping(self, what: str, values: object) -> Mapping[str, object]:
        if values is None:
            return {}
        if not isinstance(values, dict):
            hint = "; put it into an object: {…}" if isinstance(values, Expr | list | tuple) else ""
            raise DeclarationError(f"{what} must be a dict, not {type(values).__name__}{hint}")
        return {check_key(key): value for key, value in values.items()}

    def _any_text(self, what: str, value: object) -> str:
        match value:
            case str():
                return self._written(value)
            case bool():
                return "true" if value else "false"
            case int() | float():
                return number(value)
            case _:
                return self.text(what, value)

    def _json(self, value: object) -> Json:
        match value:
            case None | bool():
                return value
            case int() | float():
                number(value)
                return value
            case str():
                return self._written(value)
            case list() | tuple():
                return [self._json(item) for item in value]
            case dict():
                return {check_key(key): self._json(item) for key, item in value.items()}
            case _:
                return self._expression(value)

    def _expression(self, value: object) -> str:
        if isinstance(value, Literal) and isinstance(value._value, str) and text.OPEN not in value._value:
            return value._value
        made = jq_code(value)
        mistakes = self._missing(made._needs)
        for mistake in mistakes:
            project.current().mistaken(mistake)
        place = made._written_out()
        if mistakes:
            return place
        for need in made._needs:
            need.use(self._flow)
        self._check_names(place)
        return place

    def _written(self, value: str) -> str:
        """A text as it stands, once all that its expressions refer to is there."""
        quoted(value)  # only to refuse what is not valid text
        for piece, is_place in text.parts(value):
            if is_place:
                self._check_place(piece)
        return value

    def _check_place(self, place: str) -> None:
        if not text.inside(place):
            raise DeclarationError(f"there is nothing in {place}; literal(…) takes a text as it is")
        # Two workflows may write the same text about tasks of the same name: one of them must fit.
        newest: list[DeclarationError] = []
        for needs in needs_of(place) or [frozenset((WrittenProgram(text.inside(place)),))]:
            mistakes = self._missing(needs)
            if not mistakes:
                for need in needs:
                    need.use(self._flow)
                newest = []
                break
            newest = newest or mistakes
        for mistake in newest:
            project.current().mistaken(mistake)
        if newest:
            return
        self._check_names(place)

    def _check_names(self, place: str) -> None:
        """Tasks that the program names itself: `$context["fetch"]`."""
        for rest in place.split(CONTEXT)[1:]:
            name = rest.partition('"]')[0]
            step = self._flow.steps.get(name)
            if step is None:
                project.current().mistaken(
                    DeclarationError(
                        f'{place} refers to a task "{name}", and there is none before this place'
                        f"{did_you_mean(name, self._flow.steps)}"
                    )
                )
            elif reason := step.missing(self._flow):
                project.current().mistaken(DeclarationError(reason))
            else:
                step.use(self._flow)

    def _missing(self, needs: Iterable[Need]) -> list[DeclarationError]:
        """The first thing that is not there, and each wrong name."""
        reasons: list[str] = []
        mistakes: list[DeclarationError] = []
        for need in needs:
            if isinstance(need, WITH_PLACE):
                mistakes += need.mistakes(self._flow)
            elif reason := need.missing(self._flow):
                reasons.append(reason)
        if not reasons and not mistakes:
            return mistakes
        first = [DeclarationError(reason) for reason in sorted(reasons)[:1]]
        return [*first, *sorted(mistakes, key=lambda each: each.message)]
