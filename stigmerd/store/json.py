"""The type of a JSON value: what `json.dumps` takes and `json.loads` gives."""

from typing import Any

Json = Any
