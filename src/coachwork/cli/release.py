"""`coachwork release`: which bundle answers, which one is tried beside it, and what became of that."""

from typing import TYPE_CHECKING

import click

from coachwork.cli.lazy_commands import LazyCommands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coachwork.registry.release import Release
    from coachwork.registry.trial import Compared, Evidence
    from coachwork.storage.release_trials import FollowingServer

COMMANDS = {
    "status": ("coachwork.cli.release:status_command", "Tell what counts, who follows, and how a trial stands."),
    "shadow": ("coachwork.cli.release_change:shadow_command", "Let a bundle run beside the champion, unseen."),
    "canary": ("coachwork.cli.release_change:canary_command", "Let the challenger answer a share of the cases."),
    "promote": ("coachwork.cli.release_change:promote_command", "Make the challenger champion."),
    "stop": ("coachwork.cli.release_change:stop_command", "Take the challenger back."),
    "appoint": ("coachwork.cli.release_change:appoint_command", "Make a bundle champion without a trial."),
    "rollback": ("coachwork.cli.release_change:rollback_command", "Make the champion before champion again."),
    "reproduce": ("coachwork.cli.release_reproduce:reproduce_command", "Make a past assessment again, bit for bit."),
    "history": ("coachwork.cli.release:history_command", "List who changed the release, and why."),
    "differences": ("coachwork.cli.release:differences_command", "List photos on which both models differ."),
}


@click.group("release", cls=LazyCommands, registry=COMMANDS)
def release_group() -> None:
    """Change the bundle that a running service answers with, without stopping it.

    The release lies in the service's database, or where COACHWORK_RELEASE says; every process on it obeys within
    seconds.

    \b
    Examples:
      coachwork release status
      coachwork release shadow runs/7/bundle --why "trained on the dark photos"
      coachwork release canary --share 0.1 --tenant north
      coachwork release promote
      coachwork release rollback --why "too many doors"
    """  # noqa: D301 - \b is click's
    return


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def status_command(*, as_json: bool) -> None:
    """Tell what counts, who follows, and how a trial stands.

    \b
    Examples:
      coachwork release status
      coachwork release status --json
    """  # noqa: D301 - \b is click's
    import json
    from dataclasses import asdict

    from coachwork.cli.release_place import opened
    from coachwork.registry.release_json import release_to_json
    from coachwork.registry.trial import passed_limits

    place = opened()
    release, servers = place.store.read(), place.trials.servers()
    evidence = place.trials.evidence(release.trial) if release.trial else None
    if as_json:
        told = {
            "release": release_to_json(release),
            "trial": None if evidence is None else asdict(evidence),
            "passed_limits": [] if evidence is None else list(passed_limits(evidence, release.limits)),
            "servers": [asdict(one) | {"seen": one.seen.isoformat(), "gone": one.is_gone} for one in servers],
        }
        click.echo(json.dumps(told, indent=2))
        return
    for line in _status_lines(release, evidence):
        click.echo(line)
    for server in servers:
        _show_server(server, release)


@click.command("history")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one release a line.")
def history_command(*, limit: int, as_json: bool) -> None:
    """List who changed the release, when and why, the newest first."""
    import json

    from coachwork.cli.release_place import opened
    from coachwork.registry.release_json import release_to_json

    found = opened().store.history(limit=limit)
    if not found:
        click.echo("the release was never changed: each server answers with its own bundle", err=True)
    for release in found:
        if as_json:
            click.echo(json.dumps(release_to_json(release)))
            continue
        champion = "own bundles" if release.champion is None else release.champion.words
        tried = "" if release.challenger is None else f", {release.mode} {release.challenger.words}"
        share = f" {release.share:g}" if release.share else ""
        moment = f"{release.at:%Y-%m-%d %H:%M:%S}"
        click.echo(f"{release.revision:>4}  {moment}  {release.action:<11}  {champion}{tried}{share}  by {release.by}")
        if release.why:
            click.echo(f"      {release.why}")


@click.command("differences")
@click.option("--trial", type=click.IntRange(1), help="Revision with which it began  [the present or the last one].")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many, newest first.")
@click.option("--all", "everything", is_flag=True, help="Photos on which both agree, too.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one photo a line.")
def differences_command(*, trial: int | None, limit: int, everything: bool, as_json: bool) -> None:
    """List photos on which challenger and champion claim different things, or the challenger failed.

    \b
    Examples:
      coachwork release differences
      coachwork release differences --trial 12 --all --json > trial-12.jsonl
    """  # noqa: D301 - \b is click's
    import json
    from dataclasses import asdict

    from coachwork.cli.release_place import opened

    place = opened()
    wanted = trial or place.store.read().trial or place.trials.last_trial()
    found = place.trials.compared(wanted, differing=not everything, limit=limit)
    if as_json:
        for one in found:
            click.echo(json.dumps(asdict(one) | {"at": one.at.isoformat()}))
        return
    evidence = place.trials.evidence(wanted)
    if not evidence.photos:
        click.echo("no photo was compared yet: start a trial with  coachwork release shadow BUNDLE")
        return
    click.echo(f"trial {wanted}: {_evidence_words(evidence)}")
    _show_compared(found)


def _status_lines(release: "Release", evidence: "Evidence | None") -> list[str]:
    champion = release.champion
    named = "each server's own bundle" if champion is None else f"{champion.words}, {champion.place}"
    lines = [f"revision    {release.revision}", f"champion    {named}"]
    if release.challenger is not None:
        lines.append(f"challenger  {release.challenger.words}, {release.challenger.place}")
        reach = [f"{release.share:.0%} of the cases"] if release.share else []
        reach += [f"all cases of {', '.join(release.tenants)}"] if release.tenants else []
        lines.append(f"mode        {release.mode}{': ' if reach else ''}{' and '.join(reach)}")
    if evidence is not None:
        lines.append(f"trial       {_evidence_words(evidence)}")
    if release.revision:
        why = f": {release.why}" if release.why else ""
        lines.append(f"since       {release.at:%Y-%m-%d %H:%M:%S} UTC, {release.action} by {release.by}{why}")
    return lines


def _evidence_words(evidence: "Evidence") -> str:
    if not evidence.photos:
        return "no photo compared yet"
    answered = f"{evidence.disagreements} with another verdict, {evidence.slower} too slow"
    return f"{evidence.photos} photos compared, {evidence.failures} failed, {answered}"


def _show_server(server: "FollowingServer", release: "Release") -> None:
    if server.is_gone:
        return
    behind = "" if server.revision == release.revision else f" (behind: revision {server.revision})"
    tried = f", tries {server.challenger}" if server.challenger else ""
    dropped = f", {server.dropped} photos not compared" if server.dropped else ""
    click.echo(f"server      {server.server}: {server.champion}{tried}{behind}{dropped}")
    if server.problem:
        click.secho(f"            {server.problem}", fg="yellow")


def _show_compared(found: "Sequence[Compared]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("at", "case", "photo", "champion", "challenger", "boxes", "masks", "ms")
    for one in found:
        challenger = one.problem or f"{one.challenger_verdict} ({one.challenger_damages})"
        slower = "" if one.challenger_ms is None else f"{one.champion_ms:.0f} / {one.challenger_ms:.0f}"
        table.add_row(
            f"{one.at:%m-%d %H:%M:%S}",
            one.case or "",
            one.sha256[:12],
            f"{one.champion_verdict} ({one.champion_damages})",
            challenger,
            "" if one.boxes is None else f"{one.boxes:.2f}",
            "" if one.masks is None else f"{one.masks:.2f}",
            slower,
        )
    Console().print(table)
