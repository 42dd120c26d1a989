"""Which backend, and which organization?"""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.cli.connect import BackendChoice, Where, choose_backend, parse_address
from runcmd.errors import UsageError

CLOUD = """
backend:
  type: cloud
  cloud: {endpoint: "stigmer.example:8443", token: t0ken, org_id: acme}
"""


def choice(config: Path, **given: str | bool | dict[str, str]) -> BackendChoice:
    return choose_backend(**({"config": config, "environ": {}} | given))  # type: ignore[arg-type]


def written(directory: Path, text: str) -> Path:
    file = directory / "config.yaml"
    file.write_text(text)
    return file


def test_the_daemon_where_nothing_is_said(tmp_path: Path) -> None:
    assert choice(tmp_path / "none.yaml", project_org="acme") == BackendChoice(
        where=Where.DAEMON, org="local"
    )
    assert choice(written(tmp_path, "backend:\n  type: local\n")).where is Where.DAEMON
    assert choice(written(tmp_path, "")).where is Where.DAEMON


def test_flag_then_environment_then_file(tmp_path: Path) -> None:
    config = written(tmp_path, CLOUD)
    environ = {"STIGMER_SERVER_ADDR": "there:1", "STIGMER_API_KEY": "key"}
    assert choice(config, server="here:2", environ=environ).target == "here:2"
    assert choice(config, environ=environ) == BackendChoice(where=Where.REMOTE, target="there:1", token="key")
    assert choice(config, ephemeral=True, environ=environ).where is Where.EPHEMERAL
    assert choice(config) == BackendChoice(
        where=Where.CLOUD, target="stigmer.example:8443", token="t0ken", tls=True, org="acme"
    )


def test_the_organization_of_the_cloud(tmp_path: Path) -> None:
    config = written(tmp_path, CLOUD)
    assert choice(config, org="mine", project_org="ours").org == "mine"
    assert choice(config, project_org="ours").org == "ours"
    with pytest.raises(UsageError, match="needs an organization"):
        choice(written(tmp_path, "backend: {type: cloud}"))


def test_a_token_is_not_shown(tmp_path: Path) -> None:
    assert "t0ken" not in repr(choice(written(tmp_path, CLOUD)))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("localhost:7234", ("localhost:7234", False)),
        ("http://10.0.0.1:80/", ("10.0.0.1:80", False)),
        ("https://stigmer.example", ("stigmer.example:443", True)),
        ("grpcs://stigmer.example:8443", ("stigmer.example:8443", True)),
        ("[::1]:7234", ("[::1]:7234", False)),
        ("unix:/run/stigmer.sock", ("unix:/run/stigmer.sock", False)),
    ],
)
def test_addresses(text: str, target: tuple[str, bool]) -> None:
    assert parse_address(text, "--server") == target


@pytest.mark.parametrize(
    "text", ["localhost", "localhost:x", "localhost:99999", "ftp://a:1", ":1", "a:1/path"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--server: "):
        parse_address(text, "--server")


def test_two_backends_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be used together"):
        choice(tmp_path, server="a:1", ephemeral=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("backend: [", "config.yaml:1:"),
        ("backend: 3", "backend must hold"),
        ("- 3", "the file must hold"),
        ("backend: {type: lokal}", 'unknown backend type "lokal"'),
        ("backend: {type: cloud, cloud: {token: 17}}", "backend.cloud.token must be text"),
        ("backend: {type: [cloud]}", "unknown backend type"),
    ],
)
def test_a_wrong_configuration_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        choice(written(tmp_path, text))
    assert "config.yaml" in caught.value.message
    assert message in caught.value.message
