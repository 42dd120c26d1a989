"""ToolNames of tools on their way to a model and back."""

from __future__ import annotations

import re

from stigmerd.agents.boundary.names import ToolNames

ODD = ["files/read", "files.read", "files read", "größe", "x" * 70, "x" * 71, "", "日本"]
PLAIN = ["files_read", "add", "A-b_9"]


def test_what_every_provider_takes_stays() -> None:
    names = ToolNames(PLAIN)
    assert not names
    assert [names.there(name) for name in PLAIN] == PLAIN


def test_others_become_such_names_each_its_own_and_come_back() -> None:
    names = ToolNames([*ODD, *PLAIN])
    there = [names.there(name) for name in [*ODD, *PLAIN]]
    assert all(re.fullmatch("[A-Za-z0-9_-]{1,64}", name) for name in there)
    assert len(set(there)) == len(there)
    assert [names.back(name) for name in there] == [*ODD, *PLAIN]
    assert there[0] == "files_read_2"  # the name itself is somebody else's
    assert names.back("nobody") == "nobody"
