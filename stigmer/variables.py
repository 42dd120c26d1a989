"""The variables that an agent or a workflow needs."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares
from stigmer.names import check_text, check_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class EnvVar:
    """A variable that an agent or a workflow needs. Without a default, a run must give it a value.

    Example:
        ```python
        region = EnvVar("REGION", default="eu", description="where the services run")
        key = EnvVar("API_KEY", secret=True)
        watcher = Agent("watcher", "You watch the services of a region.", env=[region, key])
        ```
    """

    __slots__ = ("default", "description", "name", "secret")

    @declares
    def __init__(self, name: str, *, default: str = "", secret: bool = False, description: str = "") -> None:
        self.name = check_variable(name)
        check_text(f"the default of {name}", default)
        if secret and default:
            raise DeclarationError(
                f"{name} is secret, and its default would be in the manifest in clear text; "
                f"give it to each run: -e secret:{name}"
            )
        self.default = default
        self.secret = secret
        self.description = check_text("the description", description)

    def __repr__(self) -> str:
        return f"EnvVar({self.name!r}, default={self.default!r}, secret={self.secret})"


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
