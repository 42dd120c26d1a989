"""What agents, workflows, tasks and variables may be called."""

from __future__ import annotations

from stigmer.errors import DeclarationError

LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
TASK = frozenset("-_") | LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
SLUG_LENGTH = 63
TASK_LENGTH = 100
RESERVED_TASKS = ("continue", "end", "exit")  # words of `then`


def nearest_slug(name: str) -> str:
    """For a hint: the slug that the name would become."""
    from stigmer_api.slugs import sdk_slug  # `import stigmer` itself loads nothing but what every program has

    return sdk_slug(name)


def check_slug(what: str, name: str) -> str:
    """The name itself, if it can be a slug."""
    check_text(f"the {what} name", name)
    if len(name) > SLUG_LENGTH:
        raise DeclarationError(
            f'the {what} name "{name}" is {len(name)} characters long; at most {SLUG_LENGTH} are possible'
        )
    spelt = name and set(name) <= LOWER | {"-"} and name[0] != "-" and name[-1] != "-"
    if not spelt:
        slug = nearest_slug(name)
        hint = f'; try "{slug}"' if slug else ""
        raise DeclarationError(
            f'the {what} name "{name}" must be lower-case letters, digits and hyphens between them{hint}'
        )
    return name


def check_task(name: str) -> str:
    check_text("the task name", name)
    if not name or not set(name) <= TASK:
        hint = nearest_slug(name) or "task"
        raise DeclarationError(
            f'the task name "{name}" must be letters, digits, hyphens and underscores; try "{hint}"'
        )
    if len(name) > TASK_LENGTH:
        raise DeclarationError(
            f"the task name {name[:20]}… has {len(name)} characters; at most {TASK_LENGTH} are possible"
        )
    if name in RESERVED_TASKS:
        raise DeclarationError(f'a task cannot be called "{name}": that is where `then` can lead')
    return name


def check_variable(name: str) -> str:
    """Environment variables: what a shell would take, in capitals."""
    check_text("the variable name", name)
    if not name or not set(name) <= UPPER or name[0].isdigit():
        upper = nearest_slug(name).replace("-", "_").upper().lstrip("0123456789")
        hint = f'; try "{upper}"' if upper else ""
        raise DeclarationError(
            f'the variable "{name}" must be capital letters, digits and underscores, no digit first{hint}'
        )
    return name


def check_identifier(what: str, name: str) -> str:
    check_text(what, name)
    if not name.isidentifier() or not name.isascii():
        raise DeclarationError(f'{what} "{name}" must be a word of letters, digits and underscores')
    return name


def check_text(what: str, value: object, *, empty: bool = True) -> str:
    """Text that can be written down."""
    if not isinstance(value, str):
        raise DeclarationError(f"{what} must be text, not {type(value).__name__}: {value!r:.60}")
    if not value and not empty:
        raise DeclarationError(f"{what} is empty")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DeclarationError(f"{what} is not valid text: {value!r:.60}: {error.reason}") from None
    return value
