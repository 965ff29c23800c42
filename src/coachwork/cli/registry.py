"""`coachwork registry`: which bundles there are, which one is champion, and how one becomes it."""

import click

from coachwork.cli.lazy_commands import LazyCommands

_HELP = """Register bundles, ask gates of them, promote and roll back.

A bundle enters with its card and where it comes from: dataset version, code revision, tracked run, and the champion of
that day. Gates compare it with the present champion on the same photos; what passed them may become champion, which
every server follows at once. History is never rewritten.

\b
Examples:
  coachwork registry add runs/new/bundle
  coachwork registry gate 2 --on datasets/damage --undamaged datasets/undamaged --report gates.html
  coachwork registry promote 2
  coachwork registry list
  coachwork registry rollback --why "calls rust scratches"
  coachwork registry reproduce case-17.json --photo door.jpg

By default the registry lies in the folder `registry` of COACHWORK_DATA_DIR, MLflow's part of it in mlflow.db there (or
at MLFLOW_TRACKING_URI), and the release where the servers look for it: in the service's database, or at
COACHWORK_RELEASE.
"""

REGISTRY_COMMANDS = {
    "list": ("coachwork.cli.registry_versions:list_command", "List the versions, with champion and challenger."),
    "show": ("coachwork.cli.registry_versions:show_command", "Show a version: lineage, gates, its days as champion."),
    "add": ("coachwork.cli.registry_versions:add_command", "Take a bundle in."),
    "gate": ("coachwork.cli.registry_gate:gate_command", "Ask the gates of a version, beside the champion."),
    "promote": ("coachwork.cli.registry_release:promote_command", "Make a version champion."),
    "rollback": ("coachwork.cli.registry_release:rollback_command", "Go back to the previous champion."),
    "reproduce": (
        "coachwork.cli.registry_reproduce:reproduce_command",
        "Make a past assessment again from its record.",
    ),
}
"""Name -> where the command lies, and its line in ``--help``."""


@click.group("registry", cls=LazyCommands, registry=REGISTRY_COMMANDS, help=_HELP)
def registry_group() -> None:
    """See `_HELP`."""
