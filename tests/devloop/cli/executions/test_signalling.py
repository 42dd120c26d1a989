"""What comes with a signal."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.cli.executions.signalling import payload_of
from runcmd.errors import UsageError


def test_the_payload_is_json_or_text() -> None:
    assert payload_of(None, None) is None
    assert payload_of('{"a": [1]}', None) == {"a": [1]}
    assert payload_of("yes, go on", None) == "yes, go on"


def test_data_is_json(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    file.write_text('\ufeff{"a": 1}')
    assert payload_of(None, "[1, 2]") == [1, 2]
    assert payload_of(None, f"@{file}") == {"a": 1}


def test_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    file.write_text("{\n  yes\n}")
    with pytest.raises(UsageError, match=r"--data is not JSON \(line 1, column 1: Expecting value\)"):
        payload_of(None, "yes")
    with pytest.raises(UsageError, match=r"data.json is not JSON \(line 2, column 3"):
        payload_of(None, f"@{file}")
    with pytest.raises(UsageError) as caught:
        payload_of(None, str(file))
    assert caught.value.hint == f"did you mean --data @{file}?"
    with pytest.raises(UsageError, match=r"cannot read .*nothing: No such file"):
        payload_of(None, f"@{tmp_path}/nothing")
    with pytest.raises(UsageError, match="two ways to say the same"):
        payload_of("1", "2")
