"""The commands of `coachwork release` that change it: shadow, canary, promote, stop, appoint, rollback."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from coachwork.cli.release_place import ReleasePlace
    from coachwork.registry.release import Limits, Release

_WHY = click.option("--why", default="", help="For the history.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the release as JSON, for programs.")
_BUNDLE_OPTIONS = (
    click.option("--bundle-version", default="", help="What the version is called  [first digits of its digest]."),
    click.option("--bundles", default="", help="Folder or s3://... where servers find it  [in the data folder]."),
)
_LIMIT_OPTIONS = (
    click.option("--min-photos", type=click.IntRange(1), help="Photos before anything is judged  [30]."),
    click.option("--error-rate", type=click.FloatRange(0, 1), help="Share of photos it may fail on  [0.01]."),
    click.option("--latency-ratio", type=click.FloatRange(1), help="How much longer its median may take  [2]."),
    click.option("--disagreement", type=click.FloatRange(0, 1), help="Share of other verdicts it may have  [0.2]."),
    click.option("--false-alarm", type=click.FloatRange(0, 0.5), help="Probability to take a good one back  [0.01]."),
)


def _with(options: "tuple[Callable[[Any], Any], ...]") -> "Callable[[Any], Any]":
    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command("shadow")
@click.argument("bundle", metavar="BUNDLE")
@_with(_BUNDLE_OPTIONS)
@_with(_LIMIT_OPTIONS)
@_WHY
@_JSON
def shadow_command(
    *, bundle: str, bundle_version: str, bundles: str, why: str, as_json: bool, **limits: float | None
) -> None:
    """Let a bundle run beside the champion: it sees each photo after the answer, and nobody sees what it says.

    BUNDLE is a folder, `shipped` for the model in the package, or a version of the registry: its number, or the first
    digits of its digest.

    \b
    Examples:
      coachwork release shadow 2
      coachwork release shadow runs/7/bundle
      coachwork release shadow runs/7/bundle --min-photos 500 --disagreement 0.05
    """  # noqa: D301 - \b is click's
    from coachwork.cli.release_place import opened, signed
    from coachwork.registry.release_moves import start_shadow

    place = opened()
    tried, within = place.bundle(bundle, version=bundle_version, store=bundles), _limits(limits)
    _change(place, lambda release: start_shadow(release, tried, signed(why), limits=within), as_json=as_json)


@click.command("canary")
@click.argument("bundle", metavar="[BUNDLE]", required=False)
@click.option("--share", default=0.0, type=click.FloatRange(0, 1), help="Share of the cases that it answers.")
@click.option("--tenant", "tenants", multiple=True, help="Name of a tenant whose cases it answers all; several.")
@_with(_BUNDLE_OPTIONS)
@_with(_LIMIT_OPTIONS)
@_WHY
@_JSON
def canary_command(
    *,
    bundle: str | None,
    share: float,
    tenants: tuple[str, ...],
    bundle_version: str,
    bundles: str,
    why: str,
    as_json: bool,
    **limits: float | None,
) -> None:
    """Let the challenger answer a share of the cases, or raise the share; a case stays with one bundle.

    Without BUNDLE it is the one in the shadow, or of the canary that runs; else a folder or a version of the registry.

    \b
    Examples:
      coachwork release canary --share 0.05
      coachwork release canary --share 0.5 --tenant north
      coachwork release canary runs/7/bundle --share 0.05
    """  # noqa: D301 - \b is click's
    from coachwork.cli.release_place import opened, signed
    from coachwork.registry.release import Mode
    from coachwork.registry.release_moves import raise_share, start_canary

    place = opened()
    place.check_tenants(tenants)
    given = any(value is not None for value in limits.values())
    tried = None if bundle is None else place.bundle(bundle, version=bundle_version, store=bundles)

    def move(release: "Release") -> "Release":
        if release.mode is Mode.CANARY and tried is None and not given:
            return raise_share(release, signed(why), share=max(share, release.share), tenants=tenants)
        within = _limits(limits) if given else None
        return start_canary(release, signed(why), share=share, tenants=tenants, challenger=tried, limits=within)

    _change(place, move, as_json=as_json)


@click.command("promote")
@_WHY
@_JSON
def promote_command(*, why: str, as_json: bool) -> None:
    """Make the challenger of a shadow or canary champion, whatever its gates said; the history tells what they did.

    `coachwork registry promote` refuses a challenger whose gates did not pass.
    """
    from coachwork.cli.release_place import opened, signed
    from coachwork.registry.release_moves import promote

    place = opened()

    def move(release: "Release") -> "Release":
        if release.challenger is None:
            return promote(release, signed(why))
        gates = place.gates_said(release.challenger, release.champion)
        return promote(release, signed(f"{why} [{gates}]" if why else gates))

    _change(place, move, as_json=as_json)


@click.command("stop")
@_WHY
@_JSON
def stop_command(*, why: str, as_json: bool) -> None:
    """Take the challenger back; the champion answers all cases."""
    from coachwork.cli.release_place import opened, signed
    from coachwork.registry.release_moves import stop

    _change(opened(), lambda release: stop(release, signed(why)), as_json=as_json)


@click.command("appoint")
@click.argument("bundle", metavar="BUNDLE")
@_with(_BUNDLE_OPTIONS)
@_WHY
@_JSON
def appoint_command(*, bundle: str, bundle_version: str, bundles: str, why: str, as_json: bool) -> None:
    """Make a bundle champion at once, without gates or a trial: the first one, or one that was tried elsewhere.

    BUNDLE is a folder or a version of the registry. `coachwork registry promote` asks its gates first.

    \b
    Examples:
      coachwork release appoint runs/7/bundle --why "tried in the other region"
    """  # noqa: D301 - \b is click's
    from coachwork.cli.release_place import opened, signed
    from coachwork.registry.release_moves import appoint

    place = opened()
    wanted = place.bundle(bundle, version=bundle_version, store=bundles)
    place.check(wanted)
    _change(place, lambda release: appoint(release, wanted, signed(why)), as_json=as_json)


@click.command("rollback")
@_WHY
@_JSON
def rollback_command(*, why: str, as_json: bool) -> None:
    """Make the champion before champion again, and take a challenger back that may be tried."""
    from coachwork.cli.release_place import opened, signed
    from coachwork.registry.release_moves import champion_before, roll_back

    place = opened()

    def move(release: "Release") -> "Release":
        return roll_back(release, champion_before(place.store.history()), signed(why))

    _change(place, move, as_json=as_json)


def _limits(given: dict[str, float | None]) -> "Limits":
    from coachwork.registry.release import Limits

    told: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return Limits(**told)


def _change(place: "ReleasePlace", move: "Callable[[Release], Release]", *, as_json: bool) -> None:
    import json

    from coachwork.registry.release_json import release_to_json
    from coachwork.registry.release_moves import change

    release = change(place.store, move)
    if as_json:
        click.echo(json.dumps(release_to_json(release), indent=2))
        return
    champion = "each server's own bundle" if release.champion is None else release.champion.words
    click.echo(f"revision {release.revision}: champion is {champion}")
    if release.challenger is not None:
        reach = f", {release.share:.0%} of the cases" if release.share else ""
        reach += f", all cases of {', '.join(release.tenants)}" if release.tenants else ""
        click.echo(f"challenger is {release.challenger.words}: {release.mode}{reach}")
