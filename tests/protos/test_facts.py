"""The facts that are written down as plain values are those of the messages."""

from __future__ import annotations

import pytest

from stigmer_api import agentexecution_pb2, facts, workflowexecution_pb2
from stigmer_api.apiresource_pb2 import ApiResourceOwnerScope
from stigmer_api.apiresourcekind_pb2 import ApiResourceKind
from stigmer_api.ids import new_id
from stigmer_api.slugs import sdk_slug, server_slug


def test_kinds_have_the_numbers_of_the_contract() -> None:
    assert {kind.name.lower(): int(kind) for kind in facts.ResourceKind} == {
        kind.name.lower(): ApiResourceKind.Value(kind.name.lower()) for kind in facts.ResourceKind
    }
    assert ApiResourceOwnerScope.platform == facts.PLATFORM_SCOPE
    assert ApiResourceOwnerScope.organization == facts.ORGANIZATION_SCOPE


def test_every_kind_has_a_prefix_of_its_own() -> None:
    assert facts.ID_PREFIXES.keys() == set(facts.ResourceKind)
    assert len(set(facts.ID_PREFIXES.values())) == len(facts.ResourceKind)


@pytest.mark.parametrize(
    "phases",
    [agentexecution_pb2.ExecutionPhase, workflowexecution_pb2.ExecutionPhase],
    ids=["agent", "workflow"],
)
def test_phases_have_the_numbers_of_the_contract(phases: type) -> None:
    ours = {name: number for name, number in vars(facts).items() if name.startswith("PHASE_")}
    theirs = {name: number for name, number in phases.items() if number}  # type: ignore[attr-defined]
    assert {name.replace("PHASE_", "EXECUTION_"): number for name, number in ours.items()} == theirs
    over = {name for name, number in theirs.items() if facts.is_terminal(number)}
    assert over == {"EXECUTION_COMPLETED", "EXECUTION_FAILED", "EXECUTION_CANCELLED"}


def test_later_ids_sort_after_earlier_ones() -> None:
    ids = [new_id("wex") for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert all(len(each) == len("wex-") + 26 for each in ids)


@pytest.mark.parametrize(
    ("name", "of_sdk", "of_server"),
    [
        ("PR Reviewer", "pr-reviewer", "pr-reviewer"),
        ("what's_new?", "what-s-new", "whatsnew"),
        (" -- a  b -- ", "a-b", "a-b"),
        ("žluťoučký", "lu-ou-k", "luouk"),
    ],
)
def test_a_name_becomes_a_slug(name: str, of_sdk: str, of_server: str) -> None:
    assert (sdk_slug(name), server_slug(name)) == (of_sdk, of_server)
