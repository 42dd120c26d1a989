"""What an agent does when its model does not answer as it should."""

from __future__ import annotations

from stigmer.errors import DeclarationError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    OnCutOff = Literal["fail", "warn"]

ON_CUT_OFF = ("fail", "warn")


def check_cut_off(on_cut_off: OnCutOff) -> dict[str, object]:
    """The option, where it is not the usual one."""
    if on_cut_off not in ON_CUT_OFF:
        hint = did_you_mean(on_cut_off, ON_CUT_OFF) if isinstance(on_cut_off, str) else ""
        raise DeclarationError(f'on_cut_off must be "fail" or "warn", not {on_cut_off!r:.60}{hint}')
    return {} if on_cut_off == "fail" else {"cut_off": on_cut_off}
