"""The variables that an agent or a workflow needs."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares
from stigmer.late import late
from stigmer.names import check_text, check_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHORT_PART = 2  # letters, as in KEY_A


class EnvVar:
    """A variable that an agent or a workflow needs. What uses one without a value fails.

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


def similar(name: str, declared: Iterable[str]) -> str:
    """The declared variable that was probably meant: not `KEY_A` for `KEY_B`, nor `HOST1` for `HOST2`."""
    near = late("difflib").get_close_matches(name, sorted(declared), n=1, cutoff=0.8)
    return near[0] if near and not _are_siblings(name, near[0]) else ""


def _are_siblings(one: str, other: str) -> bool:
    if one.strip("0123456789") == other.strip("0123456789"):
        return True
    mine, theirs = one.split("_"), other.split("_")
    differ = [pair for pair in zip(mine, theirs, strict=False) if pair[0] != pair[1]]
    return len(mine) == len(theirs) and len(differ) == 1 and max(map(len, differ[0])) <= SHORT_PART
