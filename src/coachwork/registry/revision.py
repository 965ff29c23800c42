"""Which code trained: version, git commit, whether it was changed since."""

import subprocess
from pathlib import Path

from coachwork import __version__

_PATIENCE_S = 10


def code_revision() -> dict[str, str]:
    """Tags of the code: `coachwork.version`, and from a checkout also MLflow's tag of the commit and `code.dirty`."""
    tags = {"coachwork.version": __version__}
    own = Path(__file__).resolve()
    if _git(own.parent, "ls-files", "--error-unmatch", own.name) is None:
        return tags  # installed, perhaps below another project's checkout
    commit, changes = _git(own.parent, "rev-parse", "HEAD"), _git(own.parent, "status", "--porcelain", "-uno")
    if commit is None or changes is None:
        return tags
    return tags | {"mlflow.source.git.commit": commit, "code.dirty": "true" if changes else "false"}


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says; None where it is missing, fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - whichever git the user has
            check=True,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
