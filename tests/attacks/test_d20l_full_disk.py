"""A disk without space is called that, whichever secret file was to be written; and then nothing is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmerd.daemon import client
from stigmerd.daemon.client import DaemonError
from stigmerd.daemon.place import DaemonPlace
from stigmerd.store.vault import Vault, VaultError
from tests.attacks.token_calls import answer
from tests.support.files import filled

ANY = ("0.0.0.0:0",)


async def test_no_space_for_the_token(small_disk: Path) -> None:
    place = DaemonPlace.of(small_disk / "data")
    client.ensure(place)
    client.stop(place)
    filler = filled(small_disk, free=0)
    with pytest.raises(DaemonError) as refused:
        client.start(place, ANY)
    assert refused.value.message == f"cannot write {place.token_file}: No space left on device"
    assert refused.value.hint == "free some space and try again"
    assert not place.token_file.exists()
    filler.unlink()
    running = client.start(place, ANY)
    assert await answer(running) == "UNAUTHENTICATED"
    assert await answer(running, place.token_file.read_text()) == "OK"


def test_no_space_for_anything(small_disk: Path) -> None:
    """The first start of all."""
    filled(small_disk, free=0)
    place = DaemonPlace.of(small_disk / "data")
    for listen in ((), ANY):
        with pytest.raises(DaemonError) as refused:
            client.start(place, listen)
        told = f"{refused.value.message} {refused.value.hint}"
        assert "space" in told, told
        assert "it wrote nothing" not in told


def test_no_space_for_the_key(small_disk: Path) -> None:
    filled(small_disk, free=0)
    with pytest.raises(VaultError, match="No space left on device; free some space"):
        Vault.open(small_disk)
    assert [each.name for each in small_disk.iterdir()] == ["filler"]
