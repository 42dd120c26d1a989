"""A remote Stigmer server: TLS, its authority, a token, an organization, and messages of ten megabytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.original.certificates import Authority
from tests.support.original.server import OriginalServer, original_server
from tests.support.world import World

TOKEN = "t0p-secret-token-of-the-tests"
PROGRAM = """
from stigmer import Agent, Workflow

Agent("helper", "Answer every question in one sentence.")
fetch = Workflow("fetch")
fetch.http_get("one", "http://localhost/a")
"""
CLOUD = (
    "backend:\n  type: cloud\n  cloud: {{endpoint: 'localhost:{port}', token: {token}, org_id: acme{more}}}\n"
)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca.pem")


@pytest.fixture
def server(authority: Authority) -> Iterator[OriginalServer]:
    with original_server(credentials=authority.server(), token=TOKEN) as server:
        yield server


def configure(world: World, server: OriginalServer, *, token: str = TOKEN, ca_file: str = "") -> None:
    file = world.dir / ".stigmer" / "config.yaml"
    file.parent.mkdir(exist_ok=True)
    more = f", ca_file: {ca_file}" if ca_file else ""
    file.write_text(CLOUD.format(port=server.port, token=token, more=more))
    file.chmod(0o600)


def test_a_run_on_the_cloud_backend(world: World, server: OriginalServer, authority: Authority) -> None:
    configure(world, server, ca_file=str(authority.file))
    done = world.run("run", "fetch", cwd=world.project(PROGRAM))
    assert done.code == 0, done.text
    assert server.resources.of("Workflow")[0].metadata.org == "acme"
    # On unary calls and on the stream; and nowhere else.
    assert (
        server.tokens["Workflow.apply"] == server.tokens["WorkflowExecution.subscribe"] == f"Bearer {TOKEN}"
    )
    assert TOKEN not in done.text
    for row in server.created:
        assert TOKEN not in str(row)


def test_the_authority_by_a_variable_or_by_the_system(
    world: World, server: OriginalServer, authority: Authority
) -> None:
    project = world.project(PROGRAM)
    address = f"https://localhost:{server.port}"
    for name in ("STIGMER_CA_FILE", "SSL_CERT_FILE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
        env = {name: str(authority.file), "STIGMER_API_KEY": TOKEN}
        done = world.run("run", "fetch", "--server", address, cwd=project, env=env)
        assert done.code == 0, (name, done.text)
    relative = world.run(
        "run",
        "fetch",
        cwd=project,
        env={"STIGMER_SERVER_ADDR": address, "STIGMER_CA_FILE": "../ca.pem", "STIGMER_API_KEY": TOKEN},
    )
    assert relative.code == 2
    assert f"cannot read the certificates in {world.dir / 'ca.pem'}: No such file" in relative.err


def test_a_certificate_that_nobody_knows_or_of_somebody_else(
    world: World, server: OriginalServer, authority: Authority
) -> None:
    address = f"https://localhost:{server.port}"
    done = world.run("executions", "list", "--server", address, env={"STIGMER_API_KEY": TOKEN})
    assert done.code == 4
    assert "is not trusted: its certificate is signed by an authority that is not known here" in done.err
    assert "STIGMER_CA_FILE=ca.pem" in done.err
    assert TOKEN not in done.text
    assert not server.tokens  # nobody was told
    with original_server(credentials=authority.server("elsewhere.example")) as other:
        wrong = world.run(
            "executions",
            "list",
            "--server",
            f"https://localhost:{other.port}",
            env={"STIGMER_CA_FILE": str(authority.file)},
        )
    assert wrong.code == 4
    assert "its certificate is for another name" in wrong.err


def test_a_file_without_certificates(world: World, server: OriginalServer, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("none\n")
    address = f"https://localhost:{server.port}"
    env = {"STIGMER_CA_FILE": str(tmp_path / "empty.pem")}
    done = world.run("executions", "list", "--server", address, env=env)
    assert done.code == 2
    assert f"{tmp_path / 'empty.pem'} has no certificates" in done.err
    assert "more: stigmer explain E0503" in done.err


def test_a_wrong_token_is_said_and_not_shown(
    world: World, server: OriginalServer, authority: Authority
) -> None:
    configure(world, server, token="wr0ng-token-of-the-tests", ca_file=str(authority.file))
    done = world.run("run", "fetch", cwd=world.project(PROGRAM))
    assert done.code == 4
    assert "rejected your credentials: invalid or missing token" in done.err
    assert "backend.cloud.token" in done.err
    assert "wr0ng" not in done.text


def test_the_organization_of_the_project(world: World, server: OriginalServer, authority: Authority) -> None:
    project = world.project(PROGRAM, yaml="name: p\nruntime: python\norganization: widgets\n")
    env = {"STIGMER_CA_FILE": str(authority.file), "STIGMER_API_KEY": TOKEN}
    done = world.run("run", "fetch", "--server", f"https://localhost:{server.port}", cwd=project, env=env)
    assert done.code == 0, done.text
    assert server.resources.of("Workflow")[0].metadata.org == "widgets"


def test_ten_megabytes_arrive_and_more_is_said_to_be_too_much(world: World) -> None:
    with original_server() as server:
        server.runners.answer = ("long " * 1_900_000,)  # 9.5 MB: more than gRPC takes by itself
        project = world.project(PROGRAM)
        done = world.run("run", "helper", "-o", "quiet", "--server", server.address, cwd=project)
        assert done.code == 0, done.text[-500:]
        assert len(done.out) > 9_000_000
        big = PROGRAM.replace("Answer every", f"{'x' * 11_000_000} Answer every")
        refused = world.run("run", "helper", "--server", server.address, cwd=world.project(big))
    assert refused.code != 0
    assert "is too large for the backend at" in refused.err
    assert "11.0 MB in one message, and it takes 10.5 MB" in refused.err
