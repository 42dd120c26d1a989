"""What a user sees of wrong input: the words, the nearest, the code, and where to read more."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from devloop.explain.registry import PAGES
from tests.support.project import write_project
from tests.support.world import World


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["rnu"], ["Error: No such command 'rnu'.", "did you mean 'run'?"]),
        (
            ["run", "--wacth"],
            ["Error: No such option: --wacth", "did you mean --watch or --watcher or --attach?"],
        ),
        (["executions", "folow"], ["Error: No such command 'folow'.", "did you mean 'follow'?"]),
    ],
)
def test_the_best_guess_comes_first_and_the_usage_later(
    shared: World, arguments: list[str], lines: list[str]
) -> None:
    done = shared.run(*arguments)
    shown = done.err.splitlines()
    assert (done.code, done.out) == (2, "")
    assert shown[:2] == lines
    assert any(line.startswith("Usage: stigmer") for line in shown)
    assert shown[-1] == "more: stigmer explain E0101"


def test_a_wrong_choice_has_its_nearest(shared: World) -> None:
    done = shared.run("run", "--output", "jso")
    assert "did you mean 'json'?" in done.err.splitlines()
    assert done.code == 2


def test_a_command_that_only_has_others_shows_its_help(shared: World) -> None:
    done = shared.run("executions")
    assert "Usage: stigmer executions" in done.text
    assert "Error" not in done.text
    assert "explain" not in done.err


@pytest.mark.parametrize("name", ["stigmer.yaml", "Stigmer.yml", "stigmer.yml"])
@pytest.mark.parametrize("arguments", [["run"], ["run", "reviewer"], ["apply"], ["run", "--watch"]])
def test_a_project_file_of_another_spelling(
    shared: World, tmp_path: Path, name: str, arguments: list[str]
) -> None:
    (tmp_path / name).write_text("name: a\nruntime: python\n")
    if (tmp_path / "Stigmer.yaml").exists():
        pytest.skip("this file system takes both for one")
    done = shared.run(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert done.err.splitlines() == [
        f"Error: {tmp_path / name} is not read: a project file is called Stigmer.yaml",
        "",
        f"rename it to Stigmer.yaml: mv {tmp_path / name} {tmp_path / 'Stigmer.yaml'}",
        "more: stigmer explain E0203",
    ]
    named = shared.run("run", "-C", str(tmp_path), cwd=shared.dir)
    assert named.err == done.err


def test_beside_a_right_one_another_spelling_is_no_error(world: World, tmp_path: Path) -> None:
    write_project(tmp_path, 'from stigmer import Workflow\nw = Workflow("w")\nw.set("a", b="c")\n')
    (tmp_path / "stigmer.yml").write_text("what: ever\n")
    assert world.run("run", "-o", "quiet", cwd=tmp_path).code == 0


def test_a_typo_in_the_configuration_has_its_line_and_the_nearest_key(world: World) -> None:
    file = world.dir / ".stigmer" / "config.yaml"
    file.parent.mkdir()
    file.write_text("backend:\n  type: local\n  local:\n    llm:\n      provder: ollama\n")
    done = world.run("executions", "list")
    assert done.code == 2
    assert done.err.splitlines() == [
        f'Error: {file}:5:7: unknown key "backend.local.llm.provder"',
        'did you mean "provider"?',
        "",
        "more: stigmer explain E0212",
    ]


def test_json_has_the_code_among_the_facts(shared: World, tmp_path: Path) -> None:
    done = shared.run("run", "-C", str(tmp_path / "nowhere"), "-o", "json", cwd=tmp_path)
    assert json.loads(done.out)["facts"]["code"] == "E0202"
    assert done.err == ""


def test_a_page_is_explained_without_a_network(shared: World) -> None:
    done = shared.run("explain", "E0203")
    assert done.code == 0
    assert done.out.startswith("E0203: The project file has another name\n")
    assert "Rename it" in done.out
    assert "  $ stigmer run" in done.out.splitlines()
    assert shared.run("explain", "203").out == done.out
    assert shared.run("explain", "e0203").out == done.out


def test_without_a_code_all_are_listed(shared: World) -> None:
    shown = shared.run("explain").out
    assert [page.code for page in PAGES if f"  {page.code}  {page.title}\n" not in shown] == []


def test_a_code_that_nobody_knows_has_the_nearest(shared: World) -> None:
    done = shared.run("explain", "E02003")
    assert done.code == 2
    first, second, *_, last = done.err.splitlines()
    assert first == 'Error: there is no error code "E02003"'
    assert "E0203 (The project file has another name)" in second
    assert last == "more: stigmer explain E0115"


class Silent(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def expired(folder: Path) -> Iterator[tuple[int, Path]]:
    """A TLS server whose certificate has expired, and the file of the certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    then = datetime.now(UTC) - timedelta(days=9)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(then)
        .not_valid_after(then + timedelta(days=2))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = folder / "cert.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    both = folder / "both.pem"
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + public.read_bytes()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    context.set_alpn_protocols(["h2"])
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, public
        server.shutdown()


def test_a_certificate_that_has_expired(shared: World, tmp_path: Path) -> None:
    with expired(tmp_path) as (port, certificate):
        done = shared.run(
            "executions",
            "list",
            "--server",
            f"https://127.0.0.1:{port}",
            env={"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(certificate)},
        )
    assert done.code == 4
    first, *_, last = done.err.splitlines()
    assert first.startswith(
        f"Error: what answers at 127.0.0.1:{port} is not trusted: its certificate has exp"
    )
    assert last == "more: stigmer explain E0503"


def test_an_address_to_listen_on_without_the_advice_of_grpc(world: World) -> None:
    done = world.run("server", "start", "--listen", "foo")
    assert done.code == 2
    assert (
        done.err.splitlines()[0] == 'Error: --listen: "foo" is no address to listen on: it is not HOST:PORT'
    )
    assert done.err.splitlines()[-1] == "more: stigmer explain E0533"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        busy = world.run("server", "start", "--listen", address)
    assert busy.code == 4
    assert busy.err.splitlines()[0] == f"Error: cannot listen on {address}: another process listens there"
    assert "GRPC" not in done.err + busy.err


TASKS = """
from stigmer import Workflow

Workflow("get").http_get("ask", "http://127.0.0.1:9/x")
Workflow("mine").raise_("no", error="Mine", message="not today")
"""


def test_why_a_task_failed_has_a_code(world: World, tmp_path: Path) -> None:
    write_project(tmp_path, TASKS)
    [end] = world.run("run", "get", "-o", "json", cwd=tmp_path).named("run_finished")
    assert end["facts"]["code"] == "E0703"
    assert "nothing listens there (connection refused)" in end["error"]
    assert "[E0703]" not in end["error"]
    plain = world.run("run", "get", cwd=tmp_path)
    assert plain.err.splitlines()[-1] == "more: stigmer explain E0703"
    [end] = world.run("run", "mine", "-o", "json", cwd=tmp_path).named("run_finished")
    assert "code" not in end["facts"]  # the workflow's own words


# Root reads everything, unless it gives that up first.
AS_ANYBODY = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps")
AS_ANYBODY += ("-dac_override,-dac_read_search",)


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="nothing here gives up the rights of root")
def test_what_may_not_be_read_is_no_bug(world: World, tmp_path: Path) -> None:
    through = AS_ANYBODY if os.geteuid() == 0 else ()
    write_project(tmp_path / "p", 'from stigmer import Workflow\nw = Workflow("w")\nw.set("a", b="c")\n')
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "d").mkdir()
    here = tmp_path / "p"
    closed.chmod(0)
    (here / "main.py").chmod(0)
    try:
        for code, status, arguments, environ in (
            ("E0301", 3, ["run"], {}),
            ("E0202", 2, ["run", "-C", str(closed / "d")], {}),
            ("E0528", 4, ["executions", "list"], {"STIGMER_DATA_DIR": str(closed / "d")}),
            ("E0528", 4, ["server", "stop"], {"STIGMER_DATA_DIR": str(closed / "d")}),
        ):
            done = world.run(*arguments, cwd=here, env=environ, through=through)
            assert done.err.splitlines()[-1] == f"more: stigmer explain {code}", done.err
            assert done.code == status
            assert "Permission denied" in done.err
    finally:
        closed.chmod(0o700)
        (here / "main.py").chmod(0o600)
