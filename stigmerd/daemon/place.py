"""Where a daemon lives: its data directory, its socket, its files."""

from __future__ import annotations

import errno
import json
import os
import stat
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stigmer_api.config_file import home, stigmer_home
from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.planted import Planted, refuse_planted

if TYPE_CHECKING:
    from stigmer_api.shortage import Shortage

DATA_VARIABLE = "STIGMER_DATA_DIR"
# The kernel takes 107 bytes for the name of a Unix socket (103 on macOS); some are left for what gRPC adds.
MAX_SOCKET_BYTES = 100
SOCKET = "stigmerd.sock"
LOOP_SOCKET_BYTES = 24  # of a name in `loops`


class Auth(Enum):
    """What a port asks of who calls. The socket asks for nothing: only its owner can open it."""

    TOKEN = "token"
    NONE = "none"


class Info(NamedTuple):
    """What a daemon says about itself once it answers calls."""

    pid: int
    version: str
    protocol: int
    socket: str
    addresses: tuple[str, ...]
    started_at: str
    missing: str = ""  # of what was stored, in a sentence
    auth: str = Auth.TOKEN.value
    allowed: tuple[int, ...] = ()  # other users of this machine

    @classmethod
    def read(cls, said: dict[str, Any]) -> Info:
        """A newer daemon may say more, an older one less. Raises ValueError, TypeError, KeyError."""
        needed = set(cls._fields) - set(cls._field_defaults)
        found = {name: said[name] for name in cls._fields if name in said or name in needed}
        lists = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
        return cls(**{**found, **lists})


class DaemonPlace(NamedTuple):
    """A data directory and the names in it."""

    data_dir: Path

    @classmethod
    def of(cls, data_dir: Path | None = None) -> DaemonPlace:
        """As given, else of STIGMER_DATA_DIR, else in the home directory. Raises DaemonError."""
        if data_dir is None and not os.environ.get(DATA_VARIABLE) and home() is None:
            raise DaemonError(
                f"there is no home directory for user {os.geteuid()}, and HOME is not set",
                f"set HOME, name a directory with {DATA_VARIABLE}, or run with --ephemeral",
                code="E0528",
            )
        chosen = data_dir or Path(os.environ.get(DATA_VARIABLE) or stigmer_home() / "stigmerd")
        try:
            return cls(chosen.expanduser().absolute())
        except RuntimeError as error:  # `~nobody`
            raise DaemonError(
                f"{chosen}: there is no such home directory",
                f"name a directory with {DATA_VARIABLE}",
                code="E0528",
            ) from error
        except FileNotFoundError as error:
            raise DaemonError(
                f"the data directory {chosen} is relative to a directory that no longer exists",
                f"name it by its whole path with {DATA_VARIABLE}",
                code="E0528",
            ) from error

    @property
    def socket(self) -> Path:
        """In the data directory, or in a short private one if its name is too long or no text."""
        usual = self.data_dir / SOCKET
        if len(os.fsencode(usual)) <= MAX_SOCKET_BYTES and _is_text(usual):
            return usual
        return _short_directory() / f"{self._digest}.sock"

    @property
    def shared_socket(self) -> Path:
        """For other users who are let in. They can enter no directory of ours, and TMPDIR may be one."""
        return Path("/tmp") / f"stigmerd-shared-{os.geteuid()}" / f"{self._digest}.sock"

    @property
    def loops(self) -> Path:
        """The directory where watch loops listen: in the data directory, or a short private one."""
        usual = self.data_dir / "loops"
        if len(os.fsencode(usual)) + LOOP_SOCKET_BYTES <= MAX_SOCKET_BYTES:
            return usual
        return _short_directory() / f"{self._digest}-loops"

    def prepare_loops(self) -> None:
        """Makes it, for the owner only. Raises OSError."""
        for directory in dict.fromkeys((self.loops.parent, self.loops)):
            refuse_planted(directory)
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if directory != self.data_dir and directory.is_symlink():
                raise Planted(errno.EPERM, "it is a link, which somebody else may have made")
            _own(directory)

    @property
    def _digest(self) -> str:
        import hashlib  # late: hardly ever needed

        return hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    @property
    def info_file(self) -> Path:
        return self.data_dir / "daemon.json"

    @property
    def lock_file(self) -> Path:
        return self.data_dir / "daemon.lock"

    @property
    def start_lock_file(self) -> Path:
        return self.data_dir / "start.lock"

    @property
    def token_file(self) -> Path:
        return self.data_dir / "token"

    @property
    def log_file(self) -> Path:
        return self.data_dir / "logs" / "stigmerd.log"

    def kept_beside(self) -> list[Path]:
        """Files of a database whose log was damaged, as they were found."""
        return sorted(self.data_dir.glob("*.damaged-*"))

    def prepare(self) -> None:
        """Make the directories, for the owner only. Raises DaemonError."""
        for directory in (self.data_dir, self.log_file.parent, self.socket.parent):
            try:
                refuse_planted(directory)
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
                if directory == self.socket.parent != self.data_dir and directory.is_symlink():
                    raise Planted(errno.EPERM, "it is a link, which somebody else may have made")
                _own(directory)
            except OSError as error:
                raise unusable(directory, error) from error

    def look_around(self) -> None:
        """Before anything there is believed. Raises DaemonError if another user may have made it."""
        ours_alone(self.data_dir)

    def read_info(self) -> Info | None:
        """None: no daemon has said that it is ready. A newer one may say more than we know."""
        try:
            return Info.read(json.loads(self.info_file.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unusable(self.info_file, error) from error
        except (ValueError, TypeError, KeyError) as error:
            raise DaemonError(
                f"{self.info_file} cannot be read ({error})",
                "another version of stigmerd may have written it: stop that one, or remove the file",
                code="E0523",
            ) from error

    def write_info(self, info: Info) -> None:
        """Whole or not at all."""
        draft = self.info_file.with_suffix(".new")
        draft.write_text(json.dumps(info._asdict()))
        draft.replace(self.info_file)


def ours_alone(directory: Path) -> None:
    """Raises DaemonError. One that is missing is fine."""
    try:
        refuse_planted(directory)
        owner = directory.stat().st_uid
        if owner != os.geteuid():
            raise Planted(errno.EPERM, f"it belongs to user {owner}")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unusable(directory, error) from error


def unusable(path: Path, error: OSError) -> DaemonError:
    """What a user can do about a file that cannot be made or written."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DaemonError(f"cannot write {path}: {reason}", "free some space and try again", code="E0901")
    if isinstance(error, Planted):
        hint = f"choose a data directory where only you can write, with {DATA_VARIABLE}"
        return DaemonError(f"cannot use {path}: {reason}", hint, code="E0528")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = f"make it writable for you, or choose another data directory with {DATA_VARIABLE}"
        return DaemonError(f"cannot use {path}: {reason}", hint, code="E0528")
    if lacks := _shortage(error):
        return DaemonError(f"cannot use {path}: {lacks[0]}", lacks[1], code=lacks.code)
    return DaemonError(
        f"cannot use {path}: {reason}", f"choose another data directory with {DATA_VARIABLE}", code="E0528"
    )


def _shortage(error: OSError) -> Shortage | None:
    from stigmer_api.shortage import shortage  # late: hardly ever needed

    return shortage(error)


def _short_directory() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and len(os.fsencode(runtime)) <= MAX_SOCKET_BYTES - 30 and _is_text(runtime):
        return Path(runtime) / "stigmerd"
    import tempfile

    temporary = tempfile.gettempdir()
    fits = len(os.fsencode(temporary)) <= MAX_SOCKET_BYTES - 40 and _is_text(temporary)
    return Path(temporary if fits else "/tmp") / f"stigmerd-{os.getuid()}"


def _is_text(path: str | Path) -> bool:
    """gRPC takes addresses as text; the name of a directory may be any bytes."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _own(directory: Path) -> None:
    """Refuse a directory that somebody else prepared for us; close one that others can enter."""
    status = directory.stat()
    if status.st_uid != os.geteuid():
        raise Planted(errno.EPERM, f"it belongs to user {status.st_uid}")
    if stat.S_IMODE(status.st_mode) & 0o077:
        directory.chmod(0o700)
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
