"""What a run is given from outside: variables and secrets."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares
from stigmer.expressions import Expr
from stigmer.variables import EnvVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stigmer.flow import Flow


class Runtime:
    """`runtime.env("REGION")` and `runtime.secret("API_KEY")`: values that a run is given."""

    __slots__ = ()

    @declares
    def env(self, name: str, *, default: str = "", description: str = "") -> Expr:
        """A variable of the run, as text. Without a default and a value, what uses it fails."""
        return _Given(EnvVar(name, default=default, description=description))

    @declares
    def secret(self, name: str, *, description: str = "") -> Expr:
        """A secret of the run: encrypted on disk, and shown as `***`."""
        return _Given(EnvVar(name, secret=True, description=description))


runtime = Runtime()
"""What a run is given from outside: `runtime.env(…)` and `runtime.secret(…)`. Using one declares it.

Example:
    ```python
    report = Workflow("report")
    answer = report.http_get(
        "ask",
        f"https://stats.example/{runtime.env('REGION', default='eu')}",
        headers={"Authorization": f"Bearer {runtime.secret('API_KEY')}"},
    )
    ```
"""


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

    def missing(self, flow: Flow) -> str:
        return ""

    def use(self, flow: Flow) -> None:
        known = flow.variables.setdefault(self.variable.name, self.variable)
        if known.secret != self.variable.secret:
            kind, other = ("secret", "env") if known.secret else ("env", "secret")
            raise DeclarationError(
                f"{known.name} is declared as {kind}, but used as runtime.{other}(); use runtime.{kind}()"
            )
