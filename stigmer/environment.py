"""What a run is given from outside: variables and secrets."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares
from stigmer.expressions import Expr
from stigmer.names import check_text, check_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from stigmer.workflows import Workflow


class EnvVar:
    """A variable that an agent or a workflow needs. Without a default, a run must give it a value."""

    __slots__ = ("default", "description", "name", "secret")

    @declares
    def __init__(self, name: str, *, default: str = "", secret: bool = False, description: str = "") -> None:
        self.name = check_variable(name)
        check_text(f"the default of {name}", default)
        if secret and default:
            raise DeclarationError(
                f"{name} is secret, and its default would stand in clear in the manifest; "
                f"give it to each run: -e secret:{name}=…"
            )
        self.default = default
        self.secret = secret
        self.description = check_text("the description", description)

    def __repr__(self) -> str:
        return f"EnvVar({self.name!r}, default={self.default!r}, secret={self.secret})"


class Runtime:
    """`runtime.env("REGION")` and `runtime.secret("API_KEY")`: values that a run is given."""

    __slots__ = ()

    @declares
    def env(self, name: str, *, default: str = "", description: str = "") -> Expr:
        return _Given(EnvVar(name, default=default, description=description))

    @declares
    def secret(self, name: str, *, description: str = "") -> Expr:
        return _Given(EnvVar(name, secret=True, description=description))


runtime = Runtime()


class _Given(Expr):
    """A variable of the run. Its place has no spaces, so that a backend can find it in any text."""

    __slots__ = ()

    def __init__(self, variable: EnvVar) -> None:
        root = "secrets" if variable.secret else "env_vars"
        super().__init__(f".{root}.{variable.name}", needs=frozenset((_Declared(variable),)))

    def _written_out(self) -> str:
        return f"${{{self._jq}}}"


class _Declared:
    """Using a variable declares it, so that a run without it says so before anything starts."""

    __slots__ = ("variable",)

    def __init__(self, variable: EnvVar) -> None:
        self.variable = variable

    def missing(self, workflow: Workflow) -> str:
        return ""

    def use(self, workflow: Workflow) -> None:
        known = workflow._variables.setdefault(self.variable.name, self.variable)
        if known.secret != self.variable.secret:
            kind, other = ("secret", "env") if known.secret else ("env", "secret")
            raise DeclarationError(
                f"{known.name} is declared as {kind}, but used as runtime.{other}(); use runtime.{kind}()"
            )


def check_variables(variables: Sequence[EnvVar]) -> dict[str, EnvVar]:
    """By name; each once."""
    found: dict[str, EnvVar] = {}
    for variable in variables:
        if not isinstance(variable, EnvVar):
            raise DeclarationError(f'env wants EnvVar("NAME", …) items, not {variable!r:.60}')
        if variable.name in found:
            raise DeclarationError(f"the variable {variable.name} is declared twice")
        found[variable.name] = variable
    return found
