"""Names that no agent writes, and names of files with secrets, which none reads unless it may."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase

# What decides what an agent may do, and what others run without looking at it. In any case: some systems
# see no difference.
UNWRITTEN = frozenset(
    {
        *("stigmer.yaml", "stigmer.yml", ".stigmer", ".stigmerignore"),
        *(".git", ".hg", ".svn", ".jj", ".husky", ".pre-commit-config.yaml"),
        *(".venv", "venv", "pyvenv.cfg", "sitecustomize.py", "usercustomize.py"),
        *(".envrc", ".vscode", ".idea", ".devcontainer", ".bashrc", ".profile", ".zshrc"),
    }
)
UNWRITTEN_ENDS = (".pth",)
UNREAD = (".git", ".hg", ".svn", ".jj", ".ssh", ".aws", ".gnupg", ".kube", ".docker", ".netrc", ".pgpass")
SECRETS = (
    *(".env", ".env.*", "*.env", ".envrc", ".npmrc", ".pypirc", ".git-credentials", "credentials.json"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.kdbx", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*"),
)
PUBLIC = (".env.example", ".env.sample", ".env.template", "*.pub", "public*.pem")


def plain(name: str) -> str:
    """As a system sees it that tells neither cases nor forms of a letter apart."""
    return unicodedata.normalize("NFKC", name).casefold().rstrip(". ") or name


def unwritten(names: Sequence[str]) -> str:
    """The first of these names that no agent writes; empty: there is none."""
    return next((name for name in names if _is_unwritten(plain(name))), "")


def secret(names: Sequence[str]) -> str:
    """The first of these names that says that there are secrets; empty: there is none."""
    return next((name for name in names if _is_secret(plain(name))), "")


def _is_unwritten(name: str) -> bool:
    return name in UNWRITTEN or name.endswith(UNWRITTEN_ENDS)


def _is_secret(name: str) -> bool:
    if any(fnmatchcase(name, pattern) for pattern in PUBLIC):
        return False
    return name in UNREAD or any(fnmatchcase(name, pattern) for pattern in SECRETS)
