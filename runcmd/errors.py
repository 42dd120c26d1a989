"""Expected trouble: a sentence, a hint and an exit status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from runcmd.mistakes import Mistake
from stigmer_api.shortage import shortage

EXIT_OK = 0
EXIT_FAILED = 1  # the execution failed or was cancelled, or the target was not found
EXIT_USAGE = 2  # flags or configuration
EXIT_PROJECT = 3  # synthesis or validation
EXIT_BACKEND = 4  # unreachable, refused, incompatible
EXIT_TIMEOUT = 124
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class RunError(Exception):
    """Something that a user can mend.

    `message` says what and where, `hint` what to try, `details` are whole lines to show below. They are
    `echoed` if program_wrote events had them already. `mistakes`: the same for programs, all of them.
    `code` is what `stigmer explain` knows it by, and the facts have it, too; only what is no error (a
    user's no) has none.
    """

    exit_code = EXIT_FAILED

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str = "",
        details: Sequence[str] = (),
        facts: Mapping[str, str] | None = None,
        echoed: bool = False,
        mistakes: Sequence[Mistake] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.details = tuple(details)
        self.facts = {**({"code": code} if code else {}), **(facts or {})}
        self.echoed = echoed
        self.mistakes = tuple(mistakes)


class TargetError(RunError):
    """No such agent or workflow, or several and nobody to choose."""

    exit_code = EXIT_FAILED


class UsageError(RunError):
    """A flag, a variable or a configuration file is wrong."""

    exit_code = EXIT_USAGE


class ProjectError(RunError):
    """The project's program or what it declares is wrong."""

    exit_code = EXIT_PROJECT


class BackendError(RunError):
    """The backend cannot be reached, refuses, or speaks another version."""

    exit_code = EXIT_BACKEND


def shortage_error(error: Exception) -> RunError | None:
    """What the system lacks, as something that a user can mend; None: it is another kind of error."""
    lack = shortage(error)
    return RunError(lack.text, code=lack.code, hint=lack.hint) if lack else None


@contextmanager
def shortages_as_errors() -> Iterator[None]:
    """Raises RunError where the system lacks something."""
    try:
        yield
    except RunError:
        raise
    except Exception as error:
        if (lack := shortage_error(error)) is None:
            raise
        raise lack from error
