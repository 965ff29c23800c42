"""`coachwork registry promote` and `rollback`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.registry_place import BY, open_registry, place_options, who

if TYPE_CHECKING:
    from coachwork.registry.release import Release

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the release that servers follow now, as JSON.")


@click.command("promote")
@click.argument("version")
@click.option("--why", default="", help="For the history [what its gates found].")
@click.option("--despite", default="", metavar="REASON", help="Promote although gates did not pass; recorded.")
@click.option(
    "--gates",
    "gates_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Count only a report by these gates [any].",
)
@BY
@place_options
@_JSON
def promote_command(
    *,
    version: str,
    why: str,
    despite: str,
    gates_file: Path | None,
    by: str,
    place: tuple[str, str, str, str],
    as_json: bool,
) -> None:
    """Make VERSION champion, where it passed the gates against the present one; servers follow within seconds."""
    from coachwork.registry.gate_toml import read_gates

    registry = open_registry(place)
    gates = None if gates_file is None else read_gates(gates_file).sha256
    release = registry.promote(registry.named(version), by=who(by), why=why, despite=despite.strip(), gates=gates)
    _tell(release, as_json=as_json)


@click.command("rollback")
@click.option("--why", required=True, metavar="REASON", help="For the history.")
@BY
@place_options
@_JSON
def rollback_command(why: str, by: str, place: tuple[str, str, str, str], *, as_json: bool) -> None:
    """Go back to the previous champion; asked again, to the one before it."""
    if not why.strip():
        message = "say why with --why: the history keeps it"
        raise click.UsageError(message)
    _tell(open_registry(place).rollback(by=who(by), why=why.strip()), as_json=as_json)


def _tell(release: "Release", *, as_json: bool) -> None:
    if as_json:
        from coachwork.registry.release_json import release_to_json

        click.echo(json.dumps(release_to_json(release), indent=1))
        return
    champion = "each server's own bundle" if release.champion is None else release.champion.words
    click.echo(f"champion: {champion}, revision {release.revision}")
    click.echo(f"  {release.action.value} by {release.by}: {release.why}")
