"""`coachwork dataset`: what is done with datasets and their versions."""

import click

from coachwork.cli.lazy_commands import LazyCommands

DATASET_COMMANDS = {
    "list": ("coachwork.cli.dataset_show:list_command", "List the datasets of a store."),
    "show": ("coachwork.cli.dataset_show:show_command", "Show a version: sources, licences, splits, types, history."),
    "report": (
        "coachwork.cli.dataset_report:dataset_report_command",
        "Show on one page what it holds and what is wrong with it.",
    ),
    "diff": ("coachwork.cli.dataset_diff:diff_command", "Tell what changed between two versions."),
    "check": ("coachwork.cli.dataset_check:check_command", "Look for missing or changed photos and for leaks."),
    "split": ("coachwork.cli.dataset_derive:split_command", "Split train, val and test by another rule."),
    "merge": ("coachwork.cli.dataset_derive:merge_command", "Merge datasets into one."),
    "copy": ("coachwork.cli.dataset_derive:copy_command", "Copy a version to another store, or go back to one."),
    "tag": ("coachwork.cli.dataset_derive:tag_command", "Give a version a name."),
    "prune": ("coachwork.cli.dataset_prune:prune_command", "Remove photos and versions that no dataset needs."),
    "export": ("coachwork.cli.dataset_export:export_command", "Write a version in another annotation format."),
}
"""Name -> where the command lies, and its line in ``--help``."""

_HELP = """Look after datasets and their versions.

A dataset is named STORE/NAME: STORE is a folder or a place in an object store (s3://bucket/sets, gs://bucket/sets).
STORE/NAME@VERSION is one of its versions, by a tag or by the first digits of its digest.
"""


@click.group("dataset", cls=LazyCommands, registry=DATASET_COMMANDS, help=_HELP)
def dataset_group() -> None:
    """See `_HELP`."""
