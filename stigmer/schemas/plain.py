"""A Python value as JSON has it: what a function returned, say."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """Dataclasses, models, enums, dates, sets and the like, in each depth.

    Raises ValueError, with a sentence, for what has no form in JSON.
    """
    return _plain(value, "", ())


def _plain(value: Any, path: str, above: tuple[int, ...]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int | float) and type(value) in (str, int, float):
        return _finite(value, path)
    if id(value) in above:
        raise ValueError(f"{_at(path)} contains itself")
    above = (*above, id(value))
    if callable(dump := getattr(value, "model_dump", None)) and not isinstance(value, type):  # pydantic
        return dump(mode="json")
    if (fields := getattr(value, "__dataclass_fields__", None)) is not None and not isinstance(value, type):
        return {name: _plain(getattr(value, name), f"{path}.{name}", above) for name in fields}
    if callable(as_dict := getattr(value, "_asdict", None)):  # a NamedTuple
        value = as_dict()
    if isinstance(value, dict) or hasattr(value, "keys"):
        return {_key(name, path): _plain(each, f"{path}.{name}", above) for name, each in dict(value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        each_plain = [_plain(each, f"{path}[{at}]", above) for at, each in enumerate(value)]
        return sorted(each_plain, key=repr) if isinstance(value, set | frozenset) else each_plain
    return _single(value, path)


def _single(value: Any, path: str) -> Any:
    names = {each.__name__ for each in type(value).__mro__}
    if "Enum" in names:
        return _plain(value.value, path, ())
    if isinstance(value, bytes | bytearray):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            raise ValueError(f"{_at(path)} is bytes that are no text: return text, or a path") from None
    if isinstance(value, str | int | float):
        base = next(kind for kind in (str, int, float) if isinstance(value, kind))
        return _finite(base(value), path)
    if names & {"datetime", "date", "time"} and hasattr(value, "isoformat"):
        return value.isoformat()
    if "timedelta" in names:
        return value.total_seconds()
    if names & {"UUID", "Decimal", "PurePath"}:
        return str(value)
    raise ValueError(f"{_at(path)} is {type(value).__name__}, which has no form in JSON")


def _finite(value: Any, path: str) -> Any:
    if isinstance(value, float) and not (value - value == 0):
        raise ValueError(f"{_at(path)} is {value}, which JSON does not have")
    return value


def _key(name: Any, path: str) -> str:
    found = name if isinstance(name, str) and type(name) is str else _plain(name, path, ())
    if isinstance(found, str | int | float | bool) or found is None:
        return str(found)
    raise ValueError(f"{_at(path)} has a key that is {type(name).__name__}")


def _at(path: str) -> str:
    return path.lstrip(".") or "it"
