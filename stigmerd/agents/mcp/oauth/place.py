"""Where logins at MCP servers are kept, and with which key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from stigmerd.store.vault import Vault

FOLDER = "mcp-logins"  # in the data directory
SUFFIX = ".login"
PURPOSE = "logins at MCP servers"


@dataclass(frozen=True, kw_only=True)
class Logins:
    """`key`: of this purpose only; nothing else that is stored can be read with it."""

    folder: Path
    key: str  # hexadecimal

    @classmethod
    def of(cls, data_dir: Path) -> Logins:
        """Of the backend with this data directory. Raises VaultError."""
        return cls(folder=data_dir / FOLDER, key=Vault.open(data_dir).key_for(PURPOSE).hex())

    def file_of(self, url: str) -> Path:
        """Of the login at this server, whether there is one or not."""
        return self.folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}{SUFFIX}"

    def vault(self) -> Vault:
        return Vault(bytes.fromhex(self.key))
