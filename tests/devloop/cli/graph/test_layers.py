"""Boxes never overlap, and arrows lead down."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from devloop.cli.graph.layers import Link, Size, place

NUMBERS = st.integers(0, 11)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(20, 300), st.integers(20, 200)), min_size=1, max_size=12),
    st.lists(st.tuples(NUMBERS, NUMBERS), max_size=24),
)
def test_any_boxes_and_arrows(boxes: list[tuple[int, int]], pairs: list[tuple[int, int]]) -> None:
    sizes = {str(at): Size(*each) for at, each in enumerate(boxes)}
    count = len(boxes)
    links = [Link(str(a % count), str(b % count)) for a, b in pairs if a % count != b % count]
    placed = place(sizes, links)
    for one, other in combinations(sizes, 2):
        a, b = placed.corners[one], placed.corners[other]
        beside = a.x + sizes[one].width <= b.x + 0.01 or b.x + sizes[other].width <= a.x + 0.01
        below = a.y + sizes[one].height <= b.y + 0.01 or b.y + sizes[other].height <= a.y + 0.01
        assert beside or below
    assert len(placed.ways) == len(links)
    for link, way in zip(links, placed.ways, strict=True):
        forward = [each for each in links if (each.target, each.source) == (link.source, link.target)]
        if all(a % count < b % count for a, b in pairs) and not forward:
            assert way[0].y < way[-1].y


def test_a_long_arrow_goes_around_a_tall_box() -> None:
    sizes = {"a": Size(60, 30), "tall": Size(400, 300), "z": Size(60, 30)}
    placed = place(sizes, [Link("a", "tall"), Link("tall", "z"), Link("a", "z")])
    corner = placed.corners["tall"]
    inside = [each for each in placed.ways[2] if corner.y < each.y < corner.y + 300]
    assert not inside
    for one, other in pairwise(placed.ways[2]):
        if one.x != other.x:  # it bends between the layers only
            assert max(one.y, other.y) <= corner.y or min(one.y, other.y) >= corner.y + 300
        else:
            assert not corner.x < one.x < corner.x + 400 or other.y <= corner.y or one.y >= corner.y + 300


def test_nothing_is_a_picture_too() -> None:
    assert place({}, []).size == Size(0, 0)
