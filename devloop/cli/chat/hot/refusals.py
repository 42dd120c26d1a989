"""Which options make no sense for a conversation whose code may change?"""

from __future__ import annotations

from devloop.cli.choices import OnChangeChoice
from devloop.cli.flags import WatchFlags
from runcmd.errors import UsageError


def check_hot_chat(flags: WatchFlags) -> None:
    """Raises UsageError."""
    refused = {
        "--deployed": flags.deployed and not flags.manifests,
        "--no-follow": not flags.follow,
        "--jobs": flags.jobs is not None,
        "--until-success": flags.until_success,
        "--runs": flags.runs is not None,
        "--clear": flags.clear,
        "--no-keys": flags.no_keys,
        "--on-change keep": flags.on_change is OnChangeChoice.KEEP,
    }
    for option, given in refused.items():
        if given:
            raise UsageError(
                f"--interactive, --watch and {option} cannot be used together",
                code="E0102",
                hint=f"leave {option} out",
            )
