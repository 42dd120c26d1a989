"""Agents and workflows as a program would declare them."""

from __future__ import annotations

import json

from runcmd.synthesis.manifest import Manifest, parse
from stigmer_api.agent_pb2 import Agent
from stigmer_api.slugs import sdk_slug
from stigmer_api.workflow_pb2 import Workflow


def agent(name: str = "helper", **spec: str) -> Agent:
    message = Agent(api_version="agentic.stigmer.ai/v1", kind="Agent")
    message.metadata.name = name
    message.metadata.slug = sdk_slug(name)
    message.spec.instructions = spec.get("instructions", "Help whoever asks.")
    message.spec.description = spec.get("description", "")
    return message


def workflow(name: str = "build") -> Workflow:
    message = Workflow(api_version="agentic.stigmer.ai/v1", kind="Workflow")
    message.metadata.name = name
    message.metadata.slug = sdk_slug(name)
    document = message.spec.document
    document.dsl, document.namespace, document.name, document.version = "1.0.0", "demo", name, "0.1.0"
    task = message.spec.tasks.add(name="start", kind=1)  # SET
    task.task_config.update({"variables": {"a": "1"}})
    return message


def manifest(*messages: Agent | Workflow, dependencies: object = None, **annotations: str) -> Manifest:
    files = {
        f"{message.kind.lower()}-{at}.pb": message.SerializeToString() for at, message in enumerate(messages)
    }
    if dependencies is not None:
        files["dependencies.json"] = json.dumps(dependencies).encode()
    return parse(files, annotations)
