"""Secret values: encrypted where they are stored, `***` where they are shown."""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import hmac
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.message import Message

from stigmer_api.environment_pb2 import EnvironmentValue
from stigmer_api.executioncontext_pb2 import ExecutionValue
from stigmerd.store.secret_files import read_whole, write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_VARIABLE = "STIGMER_ENCRYPTION_KEY"
KEY_FILE = "encryption.key"
KEY_BYTES = 32
NONCE_BYTES = 12
ENCRYPTED = "enc:v1:"
REDACTED = "***"

Value = EnvironmentValue | ExecutionValue


class VaultError(ValueError):
    """A key that is no key, or a value that this key cannot decrypt."""

    code = "E0532"


class Vault:
    """AES-256-GCM with one key: `enc:v1:<key id>:<base64 of nonce and ciphertext>`."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise VaultError(f"an encryption key has {KEY_BYTES} bytes, this one {len(key)}")
        self._key = key
        self._made: AESGCM | None = None
        self._key_id = hashlib.sha256(b"stigmerd key id" + key).hexdigest()[:8]

    @classmethod
    def open(cls, directory: Path | None) -> Vault:
        """The key of STIGMER_ENCRYPTION_KEY, else of the key file (made when missing); None: a new one."""
        given = os.environ.get(KEY_VARIABLE)
        if given is not None and given != "":
            return cls(_decode_key(given, KEY_VARIABLE))
        if directory is None:
            return cls(os.urandom(KEY_BYTES))
        return cls(_key_in(directory / KEY_FILE))

    def key_for(self, purpose: str) -> bytes:
        """Another key, for one purpose: it tells nothing of this one."""
        return hmac.digest(self._key, f"stigmerd {purpose}".encode(), "sha256")

    def encrypt(self, text: str, *, name: str = "") -> str:
        """`name` is bound to the value: under another name it cannot be decrypted."""
        nonce = os.urandom(NONCE_BYTES)
        encrypted = self._cipher().encrypt(nonce, text.encode(), self._associated(name))
        return f"{ENCRYPTED}{self._key_id}:{base64.b64encode(nonce + encrypted).decode('ascii')}"

    def decrypt(self, text: str, *, name: str = "") -> str:
        """Raises VaultError for a value that is damaged or was encrypted with another key."""
        if not text.startswith(ENCRYPTED):
            raise VaultError(f"{_called(name)} is not encrypted")
        key_id, _, body = text.removeprefix(ENCRYPTED).partition(":")
        if key_id != self._key_id:
            raise VaultError(
                f"{_called(name)} was encrypted with another key ({key_id}, this one is {self._key_id}): "
                f"set {KEY_VARIABLE} or restore {KEY_FILE}, or store the value again"
            )
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(body, validate=True)
            plain = self._cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._associated(name))
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise VaultError(f"{_called(name)} is damaged: store the value again") from error
        return plain.decode()

    def encrypt_message(self, message: Message) -> None:
        """Encrypts the secret values of a resource, in place; an empty one only declares and stays so."""
        for name, value in secret_values(message):
            value.value = self.encrypt(value.value, name=name)

    def decrypt_message(self, message: Message) -> None:
        """Decrypts what encrypt_message encrypted, in place."""
        for name, value in secret_values(message):
            value.value = self.decrypt(value.value, name=name)

    def _cipher(self) -> AESGCM:
        """One for all values: to make it takes longer than to use it."""
        if self._made is None:
            # Imported late: it costs more than the rest of the start.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._made = AESGCM(self._key)
        return self._made

    def _associated(self, name: str) -> bytes:
        return f"{ENCRYPTED}{self._key_id}:{name}".encode()


def redact(message: Message) -> None:
    """Replaces the secret values of a resource by `***`, in place, and drops its callback token.

    Needs no key: what it hides may be encrypted or not.
    """
    for _, value in secret_values(message):
        value.value = REDACTED
    drop_callback_tokens(message)


def drop_callback_tokens(message: Message) -> None:
    """With one anybody could answer for the task; nothing here needs it."""
    for part in (message, getattr(message, "spec", None), getattr(message, "status", None)):
        if isinstance(part, Message) and "callback_token" in part.DESCRIPTOR.fields_by_name:
            part.ClearField("callback_token")


def restore_redacted(message: Message, stored: Message) -> None:
    """Puts back what a client read as `***` and sent again unchanged. Both with their secrets decrypted."""
    known = {name: value.value for name, value in secret_values(stored)}
    for name, value in secret_values(message):
        if value.value == REDACTED and name in known:
            value.value = known[name]


def secret_values(message: Message) -> Iterator[tuple[str, Value]]:
    """The non-empty secret variables of any resource: environment, context, env_spec, runtime_env."""
    spec = getattr(message, "spec", message)
    for holder, field in ((spec, "data"), (spec, "runtime_env"), (getattr(spec, "env_spec", None), "data")):
        if holder is None or field not in holder.DESCRIPTOR.fields_by_name:
            continue
        for name, value in getattr(holder, field).items():
            if isinstance(value, EnvironmentValue | ExecutionValue) and value.is_secret and value.value:
                yield name, value


def _key_in(path: Path) -> bytes:
    try:
        if not path.exists():
            _create_key(path)
        return _decode_key(read_whole(path).decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise VaultError(_not_a_key(str(path))) from error
    except OSError as error:
        hint = "; free some space and try again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise VaultError(f"cannot use the encryption key {path}: {error.strerror}{hint}") from error


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n", keep=True)


def _decode_key(text: str, source: str) -> bytes:
    text = text.strip()
    if len(text) == 2 * KEY_BYTES:
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise VaultError(_not_a_key(source)) from error
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise VaultError(_not_a_key(source)) from error
    if len(key) != KEY_BYTES:
        raise VaultError(_not_a_key(source))
    return key


def _not_a_key(source: str) -> str:
    return (
        f"{source} holds no encryption key: "
        f"it must be {KEY_BYTES} bytes in base64 (openssl rand -base64 {KEY_BYTES}) or hex"
    )


def _called(name: str) -> str:
    return f"the stored secret {name}" if name else "a stored secret"
