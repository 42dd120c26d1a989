"""The judgement of a database's growth."""

from __future__ import annotations

from tests.soak.growth import KEPT, Growth, Size

MB = 1_000_000


def size(executions: int, used: int, file: int = 0) -> Size:
    return Size(at=executions, executions=executions, used_bytes=used, file_bytes=file or used)


FIRST, MIDDLE, LAST = size(1, 100_000), size(500, 5 * MB), size(1000, 10 * MB)
PRUNED = size(KEPT, 300_000)


def test_a_database_that_grows_evenly_and_shrinks() -> None:
    growth = Growth(first=FIRST, middle=MIDDLE, last=LAST, pruned=PRUNED)
    assert growth.faults == []
    assert "after 1000 executions (9.9 kB each" in str(growth)


def test_executions_that_take_more_and_more() -> None:
    (fault,) = Growth(first=FIRST, middle=MIDDLE, last=size(1000, 20 * MB), pruned=PRUNED).faults
    assert "for an execution, before it was" in fault


def test_what_is_forgotten_and_still_there() -> None:
    used, disk = Growth(first=FIRST, middle=MIDDLE, last=LAST, pruned=size(KEPT, 5 * MB)).faults
    assert "used" in used
    assert "on the disk" in disk


def test_free_pages_that_are_not_given_back() -> None:
    (fault,) = Growth(first=FIRST, middle=MIDDLE, last=LAST, pruned=size(KEPT, 300_000, 9 * MB)).faults
    assert "on the disk" in fault


def test_what_is_not_forgotten() -> None:
    assert any(
        "instead of" in fault
        for fault in Growth(first=FIRST, middle=MIDDLE, last=LAST, pruned=size(KEPT + 1, 300_000)).faults
    )
