"""A kind of task that one table knows and another does not would fail when it runs."""

from __future__ import annotations

from typing import get_args

from stigmer_api.apiresource_pb2 import WorkflowTaskKind
from stigmerd.engine.calls.table import CALLS
from stigmerd.resources.definitions import CONFIGS
from stigmerd.workflow import calls
from stigmerd.workflow.model import Config
from stigmerd.workflow.parse import READERS

PREFIX = "WORKFLOW_TASK_KIND_"
OF_CONTRACT = {name.removeprefix(PREFIX) for name, _ in WorkflowTaskKind.items()} - {"UNSPECIFIED"}


def test_every_kind_of_the_contract_can_be_deployed_parsed_and_run() -> None:
    assert {WorkflowTaskKind.Name(each).removeprefix(PREFIX) for each in CONFIGS} == OF_CONTRACT
    assert READERS.keys() == OF_CONTRACT
    assert {each.KIND for each in get_args(Config)} == OF_CONTRACT


def test_every_call_has_who_performs_it() -> None:
    assert CALLS.keys() == {each.KIND for each in get_args(calls.Call)}
