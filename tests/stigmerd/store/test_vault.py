"""Secret values are encrypted where they are stored and hidden where they are shown."""

from __future__ import annotations

import base64
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.environment_pb2 import Environment
from stigmer_api.executioncontext_pb2 import ExecutionContext
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.store.vault import KEY_FILE, KEY_VARIABLE, Vault, VaultError, redact, restore_redacted
from tests.support.paths import ROOT

# A busy machine is no bug.
calm = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_an_encrypted_value_is_decrypted_and_hidden() -> None:
    vault = Vault.open(None)
    encrypted = vault.encrypt("hunter22", name="PASSWORD")
    assert encrypted.startswith("enc:v1:") and "hunter22" not in encrypted
    assert vault.decrypt(encrypted, name="PASSWORD") == "hunter22"
    assert vault.encrypt("hunter22", name="PASSWORD") != encrypted


@calm
@given(st.text())
def test_any_text_survives(text: str) -> None:
    vault = Vault(b"k" * 32)
    assert vault.decrypt(vault.encrypt(text)) == text


@calm
@given(st.data())
def test_any_change_of_an_encrypted_value_is_noticed(data: st.DataObject) -> None:
    vault = Vault(b"k" * 32)
    encrypted = vault.encrypt("hunter22", name="A")
    place = data.draw(st.integers(0, len(encrypted) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019+/=:-é"))
    changed = encrypted[:place] + letter + encrypted[place + 1 :]
    if changed != encrypted:
        with pytest.raises(VaultError):
            vault.decrypt(changed, name="A")


def test_a_value_cannot_be_moved_to_another_name() -> None:
    vault = Vault.open(None)
    with pytest.raises(VaultError, match="the stored secret OTHER is damaged"):
        vault.decrypt(vault.encrypt("hunter22", name="PASSWORD"), name="OTHER")


def test_another_key_says_so() -> None:
    encrypted = Vault.open(None).encrypt("hunter22", name="PASSWORD")
    with pytest.raises(VaultError, match=f"PASSWORD was encrypted with another key .*{KEY_VARIABLE}"):
        Vault.open(None).decrypt(encrypted, name="PASSWORD")


def test_what_is_not_encrypted_says_so() -> None:
    with pytest.raises(VaultError, match="PASSWORD is not encrypted"):
        Vault.open(None).decrypt("hunter22", name="PASSWORD")


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    encrypted = Vault.open(directory).encrypt("hunter22")
    assert Vault.open(directory).decrypt(encrypted) == "hunter22"
    key_file = directory / KEY_FILE
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in directory.iterdir()] == [KEY_FILE]
    key_file.chmod(0o644)
    Vault.open(directory)
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_many_at_once_make_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        vaults = list(pool.map(lambda _: Vault.open(tmp_path), range(64)))
    encrypted = vaults[0].encrypt("hunter22")
    assert {vault.decrypt(encrypted) for vault in vaults} == {"hunter22"}
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize(
    "text", ["", "short", "é" * 44, "A" * 44, "zz" * 32, base64.b64encode(b"k" * 31).decode()]
)
def test_a_key_file_that_holds_no_key(tmp_path: Path, text: str) -> None:
    (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(VaultError, match=r"encryption\.key holds no encryption key: it must be 32 bytes"):
        Vault.open(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == text


def test_a_key_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultError, match="cannot use the encryption key"):
        Vault.open(tmp_path / "file")


@pytest.mark.parametrize("key", [base64.b64encode(b"k" * 32).decode() + "\n", (b"k" * 32).hex()])
def test_the_key_of_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(KEY_VARIABLE, key)
    assert Vault.open(tmp_path).decrypt(Vault(b"k" * 32).encrypt("hunter22")) == "hunter22"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv(KEY_VARIABLE, "nonsense")
    with pytest.raises(VaultError, match=f"{KEY_VARIABLE} holds no encryption key") as caught:
        Vault.open(tmp_path)
    assert "nonsense" not in str(caught.value)


def test_every_message_with_secrets_is_encrypted_decrypted_and_redacted() -> None:
    environment, workflow, context = Environment(), Workflow(), ExecutionContext()
    workflow_execution, agent_execution = WorkflowExecution(), AgentExecution()
    agent_execution.spec.callback_token = b"token"
    holders = [
        (environment, environment.spec.data),
        (workflow, workflow.spec.env_spec.data),
        (context, context.spec.data),
        (workflow_execution, workflow_execution.spec.runtime_env),
        (agent_execution, agent_execution.spec.runtime_env),
    ]
    vault = Vault.open(None)
    for message, values in holders:
        values["SECRET"].value, values["SECRET"].is_secret = "hunter22", True
        values["PLAIN"].value = "shown"
        values["DECLARED"].is_secret = True
        before = message.SerializeToString(deterministic=True)
        vault.encrypt_message(message)
        assert b"hunter22" not in message.SerializeToString()
        assert (values["PLAIN"].value, values["DECLARED"].value) == ("shown", "")
        vault.decrypt_message(message)
        assert message.SerializeToString(deterministic=True) == before
        redact(message)
        assert (values["SECRET"].value, values["PLAIN"].value, values["DECLARED"].value) == (
            "***",
            "shown",
            "",
        )
        assert values["SECRET"].is_secret
    assert agent_execution.spec.callback_token == b""


def test_a_redacted_value_that_comes_back_is_the_stored_one() -> None:
    stored, sent = Environment(), Environment()
    for name, value in (("SAME", "***"), ("CHANGED", "new"), ("UNKNOWN", "***")):
        sent.spec.data[name].value, sent.spec.data[name].is_secret = value, True
    for name in ("SAME", "CHANGED", "GONE"):
        stored.spec.data[name].value, stored.spec.data[name].is_secret = "old", True
    restore_redacted(sent, stored)
    assert {name: value.value for name, value in sent.spec.data.items()} == {
        "SAME": "old",
        "CHANGED": "new",
        "UNKNOWN": "***",
    }


def test_the_library_is_loaded_only_when_there_is_a_secret() -> None:
    script = (
        "import sys; from stigmerd.store.vault import Vault; vault = Vault.open(None);"
        "assert 'cryptography' not in sys.modules; vault.encrypt('x'); assert 'cryptography' in sys.modules"
    )
    path = [str(ROOT), str(ROOT / "protos")]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {script}"], check=True)
