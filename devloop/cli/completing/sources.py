"""What the backend has, for somebody who presses Tab: nothing is started, and nobody waits long."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devloop.cli.completing.answer import NOTHING, Completion, values
from devloop.cli.connect import BackendChoice, Where, choose_backend
from devloop.cli.project import find_file
from devloop.render.history import age
from runcmd.errors import RunError
from stigmer_api.config_file import config_file
from stigmer_api.facts import ResourceKind

MOST = 50  # executions or sessions
DATABASE = "stigmerd.db"
STATES = ("", "Pending", "In progress", "Completed", "Failed", "Cancelled")  # by the phase's number
LAST = ("last", "the newest")


class Sources:
    """The backend that this command line means."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._now = datetime.now(UTC)

    def targets(self) -> Completion:
        """Agents and workflows, those of this project first."""
        return self._from(self._targets_here, "targets")

    def executions(self) -> Completion:
        """The newest first."""
        return self._from(self._executions_here, "executions")

    def sessions(self) -> Completion:
        """The newest first."""
        return self._from(self._sessions_here, "sessions")

    def tasks(self) -> Completion:
        """Of the workflow that the command line names, or the only one of the project."""
        return self._from(self._tasks_here, "")

    def _from(self, here: Callable[[Path], Completion], there: str) -> Completion:
        choice = self._choice()
        if choice.where is Where.EPHEMERAL:
            return NOTHING
        if choice.where is Where.DAEMON:
            from stigmerd.daemon.place import DaemonPlace

            database = DaemonPlace.of().data_dir / DATABASE
            return here(database) if database.exists() else NOTHING
        if not there:
            return NOTHING
        from devloop.cli.completing.remote import ask

        return ask(choice, there, MOST, self._now)

    def _choice(self) -> BackendChoice:
        """Raises UsageError."""
        return choose_backend(
            server=self._options.get("server") or "",
            ephemeral=bool(self._options.get("ephemeral")),
            org=self._options.get("org") or "",
            environ=os.environ,
            config=config_file(),
            needs_org=False,
        )

    def _directory(self) -> Path | None:
        given = self._options.get("project") or self._options.get("config")
        try:
            file = find_file(Path(given) if given else None)
        except RunError:
            return None
        return file.parent if file else None

    def _targets_here(self, database: Path) -> Completion:
        from stigmerd.store.glance import deployed

        pairs: dict[str, str] = {}
        for each in deployed(database, self._directory()):
            description = _description(each.kind, each.data)
            said = each.kind.name.capitalize() + (f" - {description}" if description else "")
            pairs.setdefault(each.slug, said)
        return values(pairs.items())

    def _executions_here(self, database: Path) -> Completion:
        from stigmerd.store.glance import newest_executions

        found = [
            (each.id, f"{each.target} · {STATES[each.phase]} · {age(each.created_at, self._now)}")
            for each in newest_executions(database, MOST)
        ]
        return values([*found, *([LAST] if found else [])])

    def _sessions_here(self, database: Path) -> Completion:
        from stigmerd.store.glance import newest_sessions

        found = [
            (each.id, f"{each.target} · {age(each.created_at, self._now)}")
            for each in newest_sessions(database, MOST)
        ]
        return values([*found, *([LAST] if found else [])])

    def _tasks_here(self, database: Path) -> Completion:
        from stigmer_api.workflow_pb2 import Workflow
        from stigmerd.store.glance import deployed

        workflows = [
            each for each in deployed(database, self._directory()) if each.kind is ResourceKind.WORKFLOW
        ]
        wanted = self._named(database)
        chosen = [each for each in workflows if each.slug in wanted] or [
            each for each in workflows if each.own
        ]
        return values(
            (task.name, each.slug) for each in chosen for task in Workflow.FromString(each.data).spec.tasks
        )

    def _named(self, database: Path) -> list[str]:
        """The slugs of what the command line names, perhaps by an execution."""
        from stigmerd.store.glance import newest_executions

        if execution := self._options.get("execution") or self._options.get("resume"):
            return [each.target for each in newest_executions(database, MOST) if each.id == execution]
        return list(self._options.get("names") or ())


def _description(kind: ResourceKind, data: bytes) -> str:
    if kind is ResourceKind.WORKFLOW:
        from stigmer_api.workflow_pb2 import Workflow

        return Workflow.FromString(data).spec.description
    from stigmer_api.agent_pb2 import Agent

    return Agent.FromString(data).spec.description
