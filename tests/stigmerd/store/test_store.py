"""Resources are found by id, slug, parent and page."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stigmerd.store.errors import DuplicateId, DuplicateSlug
from stigmerd.store.journal import MISSING
from stigmerd.store.rows import Row
from stigmerd.store.store import Store

AGENT, AGENT_EXECUTION, SESSION, SKILL, WORKFLOW, WORKFLOW_EXECUTION = 40, 41, 42, 43, 50, 52


def row(kind: int = AGENT, id: str = "agt-1", **changes: object) -> Row:  # noqa: A002
    plain = Row(
        kind=kind,
        id=id,
        org="local",
        slug=id,
        name=id.upper(),
        parent="",
        phase=0,
        tags=(),
        data=b"data of " + id.encode(),
        created_at="2026-01-01T00:00:00.000000Z",
        updated_at="2026-01-01T00:00:00.000000Z",
    )
    return replace(plain, **changes)


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "deep" / "stigmerd.db" if request.param == "file" else None)
    yield store
    store.close()


def ids(rows: object) -> list[str]:
    return [found.id for found in rows]


def test_what_was_inserted_is_found(store: Store) -> None:
    stored = row(tags=("a", "b"), phase=2, parent="win-1", data=b"\x00\xff")
    store.insert(stored)
    assert store.get(AGENT, "agt-1") == stored
    assert store.find("agt-1") == stored
    assert store.by_slug(AGENT, "agt-1") == stored
    assert store.children(AGENT, "win-1") == [stored]
    assert store.get(WORKFLOW, "agt-1") is None
    assert store.get(AGENT, "agt-2") is None


def test_it_is_still_there_after_opening_again(tmp_path: Path) -> None:
    first = Store.open(tmp_path / "stigmerd.db")
    first.insert(row())
    first.close()
    second = Store.open(tmp_path / "stigmerd.db")
    assert second.get(AGENT, "agt-1") == row()
    second.close()


def test_a_replaced_row_keeps_its_place(store: Store) -> None:
    store.insert(row())
    store.insert(row(id="agt-2"))
    store.replace(row(name="new", data=b"new"))
    assert store.get(AGENT, "agt-1") == row(name="new", data=b"new")
    assert ids(store.page([AGENT]).rows) == ["agt-2", "agt-1"]
    with pytest.raises(KeyError):
        store.replace(row(id="agt-3"))


def test_a_slug_is_unique_in_its_kind_and_organization(store: Store) -> None:
    store.insert(row(slug="helper"))
    store.insert(row(WORKFLOW, "wfl-1", slug="helper"))
    store.insert(row(id="agt-2", slug="helper", org="acme"))
    with pytest.raises(DuplicateSlug, match='the slug "helper" is taken in organization local'):
        store.insert(row(id="agt-3", slug="helper"))
    store.insert(row(id="agt-3"))
    with pytest.raises(DuplicateSlug):
        store.replace(row(id="agt-3", slug="helper"))
    assert store.get(AGENT, "agt-3") == row(id="agt-3")


@pytest.mark.parametrize("kind", [AGENT_EXECUTION, SESSION, WORKFLOW_EXECUTION])
def test_executions_and_sessions_may_share_a_slug(store: Store, kind: int) -> None:
    store.insert(row(kind, "one", slug="same"))
    store.insert(row(kind, "two", slug="same"))
    oldest = store.by_slug(kind, "same")
    assert oldest is not None and oldest.id == "one"


def test_an_id_is_unique(store: Store) -> None:
    store.insert(row())
    with pytest.raises(DuplicateId, match="agt-1"):
        store.insert(row(slug="other"))


def test_a_slug_of_any_organization_is_the_oldest(store: Store) -> None:
    store.insert(row(id="agt-1", slug="helper", org="acme"))
    store.insert(row(id="agt-2", slug="helper", org="local"))
    assert ids([store.by_slug(AGENT, "helper")]) == ["agt-1"]
    assert ids([store.by_slug(AGENT, "helper", "local")]) == ["agt-2"]
    assert store.by_slug(AGENT, "helper", "nobody") is None


def test_deleting_takes_what_hangs_on_it(store: Store) -> None:
    store.insert(row(WORKFLOW_EXECUTION, "wex-1"))
    store.events.append("wex-1", 1, "Began", "{}")
    store.journal.put("wex-1", "key", "1")
    store.signals.add("wex-1", "go", "null")
    store.delete(WORKFLOW_EXECUTION, "wex-1")
    assert store.events.of("wex-1") == []
    assert store.journal.get("wex-1", "key") is MISSING
    assert store.signals.oldest("wex-1", "go") is None
    with pytest.raises(KeyError):
        store.events.append("wex-1", 2, "Began", "{}")
    store.delete(WORKFLOW_EXECUTION, "wex-1")


def test_pages_are_newest_first_and_complete(store: Store) -> None:
    for number in range(25):
        store.insert(row(AGENT if number % 2 else WORKFLOW, f"id-{number:02}"))
    seen: list[str] = []
    token = ""
    pages = 0
    while True:
        page = store.page([AGENT, WORKFLOW], size=10, token=token)
        assert page.total == 25
        seen += ids(page.rows)
        pages += 1
        token = page.next_token
        if pages == 1:
            store.insert(row(id="a-new-one-does-not-shift-the-next-page"))
            store.delete(AGENT, "a-new-one-does-not-shift-the-next-page")
        if not token:
            break
    assert pages == 3
    assert seen == [f"id-{number:02}" for number in reversed(range(25))]


def test_a_page_that_is_just_full_is_the_last(store: Store) -> None:
    for number in range(10):
        store.insert(row(id=f"id-{number}"))
    assert store.page([AGENT], size=10).next_token == ""
    assert store.page([AGENT], size=0).total == 10
    assert len(store.page([AGENT], size=-3).rows) == 10


@pytest.mark.parametrize(
    "token", ["x", "before-", "before-0", "before--1", "before-1e3", "before-99999999999999999999"]
)
def test_a_token_that_no_page_gave_is_refused(store: Store, token: str) -> None:
    with pytest.raises(ValueError, match="not a page token"):
        store.page([AGENT], token=token)


def test_every_filter_agrees_with_a_plain_search(store: Store) -> None:
    chance = random.Random(7)
    rows = [
        row(
            chance.choice([AGENT, AGENT_EXECUTION, WORKFLOW_EXECUTION]),
            f"id-{number}",
            org=chance.choice(["local", "acme"]),
            name=chance.choice(["Größe 100%", "review_er", "REVIEWER", "x"]),
            parent=chance.choice(["p1", "p2", "p3"]),
            phase=chance.randrange(5),
            tags=tuple(chance.sample(["a", "ab", "b c"], chance.randrange(4))),
        )
        for number in range(200)
    ]
    for one in rows:
        store.insert(one)
    for _ in range(200):
        kinds = chance.sample([AGENT, AGENT_EXECUTION, WORKFLOW_EXECUTION, SKILL], chance.randrange(1, 4))
        org = chance.choice(["", "local"])
        parents = chance.choice([None, [], ["p1"], ["p1", "p3", "nobody"]])
        phase = chance.choice([0, 0, 1, 3])
        tags = chance.choice([[], ["a"], ["a", "b c"], ["b"]])
        query = chance.choice(["", "REVIEW", "größe", "100%", "_", "id-1"])
        page = store.page(kinds, org=org, parents=parents, phase=phase, tags=tags, query=query, size=1000)
        expected = [
            one
            for one in reversed(rows)
            if one.kind in kinds
            and org in ("", one.org)
            and (parents is None or one.parent in parents)
            and phase in (0, one.phase)
            and set(tags) <= set(one.tags)
            and (query.casefold() in one.name.casefold() or query.casefold() in one.slug)
        ]
        assert list(page.rows) == expected
        assert page.total == len(expected)


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.insert(row())
        raise RuntimeError
    assert store.get(AGENT, "agt-1") is None
    with store.transaction():
        store.insert(row())
    assert store.get(AGENT, "agt-1") is not None


def test_an_inner_transaction_takes_back_only_its_part(store: Store) -> None:
    undone: list[str] = []
    with store.transaction():
        store.insert(row(id="outer"))
        store.on_rollback(lambda: undone.append("outer"))
        with pytest.raises(RuntimeError), store.transaction():
            store.insert(row(id="inner"))
            store.on_rollback(lambda: undone.append("inner"))
            raise RuntimeError
        with store.transaction():
            store.insert(row(id="second"))
    assert sorted(ids(store.page([AGENT]).rows)) == ["outer", "second"]
    assert undone == ["inner"]


def test_an_outer_transaction_takes_back_the_inner_ones(store: Store) -> None:
    undone: list[str] = []
    with pytest.raises(RuntimeError), store.transaction():
        with store.transaction():
            store.insert(row(id="inner"))
            store.on_rollback(lambda: undone.append("inner"))
        raise RuntimeError
    assert store.page([AGENT]).total == 0
    assert undone == ["inner"]


def test_live_executions_are_oldest_first(store: Store) -> None:
    for number, phase in enumerate([1, 3, 2, 4, 5, 0]):
        store.insert(row(WORKFLOW_EXECUTION if number % 2 else AGENT_EXECUTION, f"id-{number}", phase=phase))
    store.insert(row(AGENT, "no-execution", phase=0))
    assert store.executions.unfinished() == ["id-0", "id-2", "id-5"]


def test_artifacts_and_versions(store: Store) -> None:
    assert store.versions.artifact("skills/a.zip") is None
    store.versions.put_artifact("skills/a.zip", b"\x00zip", "t")
    assert store.versions.artifact("skills/a.zip") == b"\x00zip"
    store.insert(row(SKILL, "skl-1"))
    store.versions.add("skl-1", hash="aa", tag="v1", data=b"one", at="t")
    store.versions.add("skl-1", hash="bb", tag="v1", data=b"two", at="t")
    assert store.versions.find("skl-1", "aa") == b"one"
    assert store.versions.find("skl-1", "v1") == b"two"
    assert store.versions.find("skl-1", "v2") is None


def test_signals_are_taken_in_order_and_once(store: Store) -> None:
    store.insert(row(WORKFLOW_EXECUTION, "wex-1"))
    for payload in ('{"n": 1}', "null"):
        store.signals.add("wex-1", "go", payload)
    store.signals.add("wex-1", "other", "3")
    for payload in ('{"n": 1}', "null"):
        number, text = store.signals.oldest("wex-1", "go") or (0, "")
        assert text == payload
        assert store.signals.drop(number)
        assert not store.signals.drop(number)
    assert store.signals.oldest("wex-1", "go") is None


def test_lists_of_ten_thousand_executions_read_one_page_of_messages(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "stigmerd.db")
    with store.transaction():
        for number in range(10_000):
            store.insert(row(WORKFLOW_EXECUTION, f"wex-{number}", phase=3, parent=f"win-{number % 50}"))
    connection = store._database._connection
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    page = store.page([AGENT_EXECUTION, WORKFLOW_EXECUTION], phase=3, tags=["x"], query="y", size=100)
    assert page.total == 0
    page = store.page([AGENT_EXECUTION, WORKFLOW_EXECUTION], phase=3, parents=["win-7", "win-8"])
    assert page.total == 400
    assert ids(page.rows[:2]) == ["wex-9958", "wex-9957"]
    connection.set_trace_callback(None)
    assert len(asked) == 4
    for sql in asked:
        steps = [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}") if "resources" in step]
        searches = [step for step in steps if "seq" not in step and "rowid" not in step]
        assert searches and all("COVERING INDEX" in step for step in searches), steps
    store.close()
