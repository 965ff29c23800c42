"""`coachwork registry list`, `show` and `add`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coachwork.cli.bundle_path import BundlePath
from coachwork.cli.registry_place import BY, open_registry, place_options, who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coachwork.registry.gate import GateReport
    from coachwork.registry.lineage import RegisteredModel
    from coachwork.registry.release import Release

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("list")
@place_options
@_JSON
def list_command(place: tuple[str, str, str, str], *, as_json: bool) -> None:
    """List the versions, the newest first."""
    registry = open_registry(place)
    release, versions = registry.read(), registry.all()
    latest = {one.digest: next(iter(registry.reports.of(one.digest)), None) for one in versions}
    if as_json:
        told = [one.to_json() | {"gates": _gates_json(latest[one.digest])} for one in versions]
        click.echo(json.dumps({"release": _release_json(release), "versions": told}, indent=1))
        return
    if not versions:
        click.echo("there are no versions yet: take a bundle in with  coachwork registry add BUNDLE", err=True)
        return
    table = _table("version", "alias", "digest", "MB", "added", "by", "trained on", "gates")
    for one in versions:
        table.add_row(
            one.version,
            ", ".join(one.aliases),
            one.digest[:12],
            f"{one.size_bytes / 1e6:.1f}",
            one.added.astimezone().strftime("%Y-%m-%d %H:%M"),
            one.by,
            ", ".join(f"{name} {digest[:8]}" for name, digest in one.lineage.datasets.items()),
            _passed(latest[one.digest]),
        )
    _print(table)
    click.echo(f"champion: {_champion(release)}")


@click.command("show")
@click.argument("version")
@place_options
@_JSON
def show_command(version: str, place: tuple[str, str, str, str], *, as_json: bool) -> None:
    """Show VERSION: a number, `champion`, `challenger`, or the first digits of a digest."""
    registry = open_registry(place)
    model = registry.named(version)
    reports = registry.reports.of(model.digest)
    history = [one for one in registry.releases.history() if _concerns(one, model)]
    if as_json:
        told = model.to_json() | {
            "gates": [report.to_json() for report in reports],
            "releases": [_release_json(one) for one in history],
        }
        click.echo(json.dumps(told, indent=1))
        return
    names = f" ({', '.join(model.aliases)})" if model.aliases else ""
    click.echo(f"{model.name} {model.version}{names}")
    for name, text in _facts(model):
        click.echo(f"  {name + ':':<12}{text}")
    for report in reports:
        against = f"against {report.champion[:12]}" if report.champion else "without a champion"
        click.echo(f"gates of {report.at[:16]} {against}: {report.summary}")
    if not reports:
        click.echo("gates: not asked")
    for one in history:
        click.echo(f"release {one.revision}, {one.at:%Y-%m-%d %H:%M}: {_change(one)}")


@click.command("add")
@click.argument("bundle", type=BundlePath(exists=True, file_okay=False))
@click.option("--run", default="", metavar="ID", help="Tracked run that made it [the one noted beside the bundle].")
@BY
@place_options
@_JSON
def add_command(*, bundle: Path, run: str, by: str, place: tuple[str, str, str, str], as_json: bool) -> None:
    """Take BUNDLE in, with its card, its files and where it comes from; a second time it is the same version.

    BUNDLE is a folder, or `shipped` for the damage model in the package.
    """
    registry = open_registry(place)
    model = registry.add(bundle, by=who(by), run=run)
    if as_json:
        click.echo(json.dumps(model.to_json(), indent=1))
        return
    click.echo(f"{model.name} {model.version}, {model.digest[:12]}")
    for name, text in _facts(model):
        click.echo(f"  {name + ':':<12}{text}")


def _facts(model: "RegisteredModel") -> "Sequence[tuple[str, str]]":
    line = model.lineage
    facts = (
        ("digest", model.digest),
        ("card", f"{model.card_name}, {model.size_bytes / 1e6:.1f} MB"),
        ("added", f"{model.added.astimezone():%Y-%m-%d %H:%M} by {model.by}"),
        ("trained on", ", ".join(f"{name} {digest[:12]}" for name, digest in line.datasets.items())),
        ("code", line.revision),
        ("run", line.run),
        ("follows", line.parent[:12]),
    )
    return [(name, text) for name, text in facts if text]


def _concerns(release: "Release", model: "RegisteredModel") -> bool:
    return model.digest in {one.digest for one in (release.champion, release.challenger) if one is not None}


def _champion(release: "Release") -> str:
    if release.champion is None:
        return "each server's own bundle, as no version is champion"
    return f"{release.champion.words}; release {release.revision}, {_change(release)}"


def _change(release: "Release") -> str:
    return f"{release.action.value} by {release.by}" + (f": {release.why}" if release.why else "")


def _gates_json(report: "GateReport | None") -> dict[str, Any] | None:
    if report is None:
        return None
    return {"passed": report.passed, "champion": report.champion or None, "at": report.at, "summary": report.summary}


def _release_json(release: "Release") -> dict[str, Any]:
    from coachwork.registry.release_json import release_to_json

    return release_to_json(release)


def _passed(report: "GateReport | None") -> str:
    if report is None:
        return "not asked"
    return ("passed" if report.passed else "not passed") + (
        f" against {report.champion[:8]}" if report.champion else ""
    )


def _table(*columns: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column in {"version", "alias", "digest", "added"})
    return table


def _print(table: Any) -> None:
    from rich.console import Console

    Console().print(table)
