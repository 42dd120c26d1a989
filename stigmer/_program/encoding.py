"""What a program declared, as the messages of the wire contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import DecodeError, EncodeError, Message

from stigmer._program import checks
from stigmer._program.layout import tasks_of
from stigmer._program.tool_entries import said_by
from stigmer.agents import Agent, SubAgent
from stigmer.errors import DeclarationError, SourcePlace
from stigmer.models import Scripted
from stigmer.project import Declarations
from stigmer.servers import DockerServer, HttpServer, McpServer, StdioServer
from stigmer.skills import Skill, SkillFolder
from stigmer.variables import EnvVar
from stigmer.workflows import Workflow
from stigmer_api import agent_pb2, apiresource_pb2, environment_pb2, workflow_pb2
from stigmer_api.agent_options import annotation_of
from stigmer_api.apiresource_pb2 import ApiResourceMetadata, ApiResourceOwnerScope, ApiResourceReference
from stigmer_api.apiresourcekind_pb2 import ApiResourceKind
from stigmer_api.facts import ACTIVITIES_ANNOTATION, API_VERSION, SCRIPT_ANNOTATION
from stigmer_api.manifest_files import CHECKS, DEPENDENCIES, packed_skill_file, resource_file
from stigmer_api.validation import violations
from stigmer_api.version import VERSION


def files_of(project: Declarations) -> dict[str, bytes]:
    """The manifest's files by name, empty when nothing was declared. Same program, same bytes.

    Raises DeclarationError, one of the project's mistakes if it has collected some.
    """
    skills = _packed_skills(project)
    agents = [(agent_message(agent), agent.place) for agent in project.of(Agent).values()]
    workflows = [(_flat_enough(workflow), workflow.place) for workflow in project.of(Workflow).values()]
    for message, place in [*agents, *workflows]:
        _check(message, place)
    checks.check(project)
    if project.mistakes:
        raise project.mistakes[0]
    files = {resource_file("agent", number): _bytes(message) for number, (message, _) in enumerate(agents)}
    files |= {
        resource_file("workflow", number): _bytes(message) for number, (message, _) in enumerate(workflows)
    }
    if files:
        files |= skills
        if facts := checks.facts_for_run(project):
            files[CHECKS] = json.dumps(facts).encode()
        files[DEPENDENCIES] = json.dumps(_dependencies(project), indent=2, sort_keys=True).encode()
    return files


def _packed_skills(project: Declarations) -> dict[str, bytes]:
    """Those that lie in folders; each knows its version then."""
    holders: list[Agent | SubAgent] = []
    for agent in project.of(Agent).values():
        holders += [agent, *agent.sub_agents]
    folders = [skill for each in holders for skill in each.skills if isinstance(skill, SkillFolder)]
    if not folders:
        return {}
    from stigmer._program.skill_folders import packed  # zipfile: not for every program

    archives = [packed(skill) for skill in folders]
    return {
        packed_skill_file(skill.version): archive for skill, archive in zip(folders, archives, strict=True)
    }


def _flat_enough(workflow: Workflow) -> workflow_pb2.Workflow:
    """Its message; protobuf reads no more than 100 of them inside of each other."""
    try:
        return workflow_message(workflow)
    except (RecursionError, DecodeError, EncodeError):
        mistake = (
            f'workflow "{workflow.name}" is nested too deep for its manifest: '
            "a task holds at most about 30 levels of dicts, 10 of blocks"
        )
    raise DeclarationError(mistake, workflow.place)


def agent_message(agent: Agent) -> agent_pb2.Agent:
    annotations = {SCRIPT_ANNOTATION: agent.model.text} if isinstance(agent.model, Scripted) else {}
    annotations |= annotation_of(said_by(agent), {each.name: said_by(each) for each in agent.sub_agents})
    return agent_pb2.Agent(
        api_version=API_VERSION,
        kind="Agent",
        metadata=_metadata(agent.name, annotations),
        spec=agent_pb2.AgentSpec(
            description=agent.description,
            icon_url=agent.icon,
            instructions=agent.instructions,
            mcp_servers=[_server(server) for server in agent.mcp_servers],
            skill_refs=[_skill(skill) for skill in agent.skills],
            sub_agents=[_sub_agent(helper) for helper in agent.sub_agents],
            env_spec=_environment(agent.variables),
        ),
    )


def workflow_message(workflow: Workflow) -> workflow_pb2.Workflow:
    tasks = [_task(task) for task in tasks_of(workflow._flow)]
    annotations = (
        {ACTIVITIES_ANNOTATION: json.dumps(sorted(workflow._flow.activities))}
        if workflow._flow.activities
        else {}
    )
    return workflow_pb2.Workflow(
        api_version=API_VERSION,
        kind="Workflow",
        metadata=_metadata(workflow.name, annotations),
        spec=workflow_pb2.WorkflowSpec(
            description=workflow.description,
            document=workflow_pb2.WorkflowDocument(
                dsl="1.0.0",
                namespace=workflow.namespace,
                name=workflow.name,
                version=workflow.version,
                description=workflow.description,
            ),
            tasks=tasks,
            env_spec=_environment(workflow._flow.variables),
        ),
    )


def _metadata(name: str, annotations: Mapping[str, str]) -> ApiResourceMetadata:
    return ApiResourceMetadata(
        name=name,
        slug=name,
        owner_scope=ApiResourceOwnerScope.organization,
        annotations={
            "stigmer.ai/sdk.language": "python",
            "stigmer.ai/sdk.version": VERSION,
            **annotations,
        },
    )


def _server(server: McpServer) -> agent_pb2.McpServerDefinition:
    definition = agent_pb2.McpServerDefinition(name=server.name, enabled_tools=server.enabled_tools)
    match server:
        case StdioServer():
            definition.stdio.CopyFrom(
                agent_pb2.StdioServer(
                    command=server.command,
                    args=server.args,
                    env_placeholders=server.env,
                    working_dir=server.working_dir,
                )
            )
        case HttpServer():
            definition.http.CopyFrom(
                agent_pb2.HttpServer(
                    url=server.url,
                    headers=server.headers,
                    query_params=server.params,
                    timeout_seconds=server.timeout,
                )
            )
        case DockerServer():
            definition.docker.CopyFrom(_docker(server))
    return definition


def _docker(server: DockerServer) -> agent_pb2.DockerServer:
    return agent_pb2.DockerServer(
        image=server.image,
        args=server.args,
        env_placeholders=server.env,
        volumes=[
            agent_pb2.VolumeMount(
                host_path=volume.host_path, container_path=volume.container_path, read_only=volume.read_only
            )
            for volume in server.volumes
        ],
        network=server.network,
        ports=[
            agent_pb2.PortMapping(host_port=port.host, container_port=port.container, protocol=port.protocol)
            for port in server.ports
        ],
        container_name=server.container_name,
    )


def _skill(skill: Skill | SkillFolder) -> ApiResourceReference:
    own = skill.org or isinstance(skill, SkillFolder)  # who deploys it says in which organization
    scope = ApiResourceOwnerScope.organization if own else ApiResourceOwnerScope.platform
    return ApiResourceReference(
        scope=scope, org=skill.org, kind=ApiResourceKind.skill, slug=skill.slug, version=skill.version
    )


def _sub_agent(helper: SubAgent) -> agent_pb2.SubAgent:
    return agent_pb2.SubAgent(
        name=helper.name,
        description=helper.description,
        instructions=helper.instructions,
        mcp_servers=helper.mcp_servers,
        mcp_tool_selections={
            server: agent_pb2.McpToolSelection(enabled_tools=tools) for server, tools in helper.tools.items()
        },
        skill_refs=[_skill(skill) for skill in helper.skills],
    )


def _environment(variables: Mapping[str, EnvVar]) -> environment_pb2.EnvironmentSpec | None:
    if not variables:
        return None
    return environment_pb2.EnvironmentSpec(
        data={
            variable.name: environment_pb2.EnvironmentValue(
                value=variable.default, is_secret=variable.secret, description=variable.description
            )
            for variable in variables.values()
        }
    )


def _task(task: Mapping[str, Any]) -> workflow_pb2.WorkflowTask:
    message = workflow_pb2.WorkflowTask(name=task["name"], kind=getattr(apiresource_pb2, task["kind"]))
    message.task_config.update(task["taskConfig"])
    if "export" in task:
        setattr(message.export, "as", task["export"]["as"])
    if "flow" in task:
        message.flow.then = task["flow"]["then"]
    return message


def _dependencies(project: Declarations) -> dict[str, list[str]]:
    agents = project.of(Agent)
    needs: dict[str, list[str]] = {}
    for workflow in project.of(Workflow).values():
        flow = workflow._flow
        # Workflows that are called by their names may call each other in a circle.
        named = {f"agent:{each.name}" for each in flow.named if each.kind == "agent" and each.name in agents}
        if called := flow.calls | named:
            needs[f"workflow:{workflow.name}"] = sorted(called)
    return needs


def _check(message: Message, place: SourcePlace) -> None:
    """What the library's own checks, which know the line, let through."""
    for violation in violations(message):
        raise DeclarationError(str(violation), place)


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)
