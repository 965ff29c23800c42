"""`coachwork dataset prune`: what nothing in a store reaches any more goes."""

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.datasets.pruning import Pruned

_HELP = """Find the photos and versions of STORE that no dataset needs, and with --delete remove them.

Needed is what the history of a dataset or a tag names, with all versions that those were made of. The rest was left by
commands that were killed, and by datasets whose folder was deleted. Without --delete nothing is changed.

With --delete they are condemned first and go at a later run, when the time of --grace has passed: so nothing is taken
from a command that is at work meanwhile, and what is used again stays. --grace 0 deletes at once: only where no other
program writes into the store.

\b
Examples:
  coachwork dataset prune datasets
  coachwork dataset prune s3://bucket/sets --delete
  coachwork dataset prune datasets --delete --grace 0
"""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class _Duration(click.ParamType[float]):
    """A number with a unit, as seconds."""

    name = "TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds; a number alone must be 0."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])?", str(value))
        if found is None or (found[2] is None and float(found[1])):
            self.fail(f"{value!r} is no time: write 0, 90m, 12h or 3d", param, ctx)
        return float(found[1]) * _UNITS[found[2] or "s"]


@click.command("prune", help=_HELP)
@click.argument("store", default="datasets")
@click.option("--delete", is_flag=True, help="Condemn what is not needed, and remove what was condemned before.")
@click.option("--grace", default="24h", show_default=True, type=_Duration(), help="Time from condemning to deleting.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with every photo and version.")
def prune_command(store: str, *, delete: bool, grace: float, as_json: bool) -> None:
    """See `_HELP`."""
    from coachwork.datasets.place import DatasetError
    from coachwork.datasets.pruning import prune, survey
    from coachwork.datasets.store import DatasetStore

    opened = DatasetStore(store)
    if not opened.names() and not opened.versions():
        raise DatasetError(store, "is no store of datasets: name the folder that holds them, as in  datasets")
    found = (prune if delete else survey)(opened, grace_s=grace)
    if as_json:
        import json

        click.echo(json.dumps(_json(store, found)))
    else:
        _print(store, found, deleting=delete)


def _json(store: str, found: "Pruned") -> dict[str, object]:
    return {
        "schema": "coachwork.dataset-prune/1",
        "store": store,
        "photos": found.photos,
        "versions": found.versions,
        "bytes": found.bytes,
        "deleted_photos": found.deleted_photos,
        "deleted_versions": found.deleted_versions,
        "remains": found.remains,
        "seconds_to_next": found.next_s,
    }


def _print(store: str, found: "Pruned", *, deleting: bool) -> None:
    if deleting:
        remains = f", {found.remains} half-written files" if found.remains else ""
        click.echo(f"{store}: deleted {found.deleted_photos} photos, {found.deleted_versions} versions{remains}")
    left = f"{len(found.photos)} photos ({found.bytes / 2**20:.1f} MB), {len(found.versions)} versions"
    if not found.photos and not found.versions:
        click.echo(f"{store}: everything else is needed" if deleting else f"{store}: everything is needed")
    elif deleting and found.next_s is not None:
        click.echo(f"condemned: {left}; run the command again in {_words(found.next_s)} to delete them")
    else:
        click.echo(f"{store}: not needed by any dataset: {left}")
        if not deleting:
            click.echo("nothing was changed; remove them with --delete")


def _words(seconds: float) -> str:
    """A time as people say it, rounded up."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds > size:
            return f"{-(-seconds // size):.0f} {unit}"
    return f"{max(1, round(seconds))} seconds"
