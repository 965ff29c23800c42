"""`coachwork severity`: the rule that tells how severe damages are."""

import click

from coachwork.cli.lazy_commands import LazyCommands

SEVERITY_COMMANDS = {
    "fit": ("coachwork.cli.severity_fit:fit_command", "Fit a rule on damages whose severity people have stated."),
    "evaluate": ("coachwork.cli.severity_evaluate:evaluate_command", "Measure a rule on annotated photos."),
}
"""Name -> where the command lies, and its line in ``--help``."""

_HELP = """Fit and measure the rule that tells how severe damages are: minor, moderate or severe.

The rule that ships was fitted on inspection photos of used cars; one fitted on your own annotated photos serves your
claims better:

\b
  coachwork severity fit datasets/mine --out severity.json
  coachwork severity evaluate datasets/mine --rule severity.json
  coachwork assess photos --severity severity.json
"""


@click.group("severity", cls=LazyCommands, registry=SEVERITY_COMMANDS, help=_HELP)
def severity_group() -> None:
    """See `_HELP`."""
