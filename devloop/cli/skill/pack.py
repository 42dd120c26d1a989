"""The zip of a skill: the same files make the same bytes, whoever packs them, and so the same version."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile

from devloop.cli.skill.folder import MANUAL, Contents
from runcmd.errors import UsageError

MOST_ZIP_BYTES = 10 << 20  # of one message to a server
LEAST_ROOM = 64 << 10  # for the rest of the message
STORED_BYTES = 4 << 20  # compressed only beyond: not every library compresses to the same bytes
EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time


def packed(contents: Contents) -> bytes:
    """Raises UsageError for what a server would refuse, before it is sent."""
    method = zipfile.ZIP_STORED if contents.bytes <= STORED_BYTES else zipfile.ZIP_DEFLATED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for each in contents.files:
            entry = zipfile.ZipInfo(each.name, EPOCH)
            entry.create_system = 3  # Unix: the modes count
            entry.external_attr = (stat.S_IFREG | (0o755 if each.executable else 0o644)) << 16
            entry.compress_type = method
            try:
                archive.writestr(entry, each.path.read_bytes())
            except OSError as error:
                raise UsageError(
                    f"cannot read {each.path}: {error.strerror}",
                    code="E0162",
                    hint="check its permissions, or leave it out",
                ) from error
    artifact = buffer.getvalue()
    _check(artifact)
    return artifact


def version_of(artifact: bytes) -> str:
    """As a server computes it."""
    return hashlib.sha256(artifact).hexdigest()


def _check(artifact: bytes) -> None:
    from stigmerd.resources.archive import manual_of
    from stigmerd.resources.rpc_error import RpcError

    if len(artifact) > MOST_ZIP_BYTES - LEAST_ROOM:
        raise UsageError(
            f"the skill is too large: its zip has {len(artifact) / (1 << 20):,.1f} MiB, "
            f"and {MOST_ZIP_BYTES >> 20} MiB are the most",
            code="E0163",
            hint="leave out what agents do not need, with lines in .gitignore",
        )
    try:
        manual_of(artifact)
    except RpcError as error:
        problem = str(error).removeprefix("artifact: ")
        code = "E0161" if problem.startswith(MANUAL) else "E0162"
        raise UsageError(problem, code=code, hint="mend that file, or rename it") from error
