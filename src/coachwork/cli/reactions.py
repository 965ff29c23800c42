"""`coachwork reactions`: what the learning loop did by itself, and how to stop it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.reactions.reaction import Reaction
    from coachwork.settings import ServiceSettings
    from coachwork.storage.database import Database

_ACTIONS = (
    "tighten-advice",
    "queue-photos",
    "pause-offers",
    "train",
    "make-version",
    "refuse-data",
    "refuse-challenger",
    "roll-back",
    "release",
    "ease",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_BY = click.option("--by", default="", help="Who you are, for the record [your login].")


_REACTIONS_HELP = """List, undo and pause what the learning loop does by itself.

\b
Examples:
  coachwork reactions list
  coachwork reactions undo 12 --why "the garage has its lamps back"
  coachwork reactions pause pause-offers --why "month's end"
  coachwork reactions resume pause-offers
  coachwork reactions queue --to to-label
  coachwork reactions table
"""


@click.group("reactions", help=_REACTIONS_HELP)
def reactions_group() -> None:
    """See `_REACTIONS_HELP`."""


@reactions_group.command("list")
@click.option("--standing", is_flag=True, help="Only those that have an effect now.")
@_JSON
def list_command(*, standing: bool, as_json: bool) -> None:
    """List reactions, the first one first, and what is paused."""
    import json

    from coachwork.storage.reaction_store import ReactionStore

    store = ReactionStore(_opened()[1])
    found, paused = store.all(standing=standing), store.paused()
    if as_json:
        told = {"reactions": [one.to_json() for one in found], "paused": {k.value: v for k, v in paused.items()}}
        click.echo(json.dumps(told, indent=2))
        return
    for one in found:
        click.echo(_line(one))
    for action, why in paused.items():
        click.secho(f"{action} is paused {why}", fg="yellow")
    if not found:
        click.echo("nothing was done yet", err=True)


@reactions_group.command("undo")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--why", required=True, help="In a sentence; it stands in the record.")
@_BY
def undo_command(number: int, why: str, by: str) -> None:
    """Take a reaction back: advice is eased, offers go out again, queued photos are withdrawn."""
    from coachwork.reactions.answers import Action
    from coachwork.storage.labelling_store import LabellingStore
    from coachwork.storage.reaction_store import ReactionStore

    database = _opened()[1]
    undone = ReactionStore(database).undo(number, by=by or _login(), why=why)
    click.echo(_line(undone))
    if undone.action is Action.QUEUE_PHOTOS:
        count = LabellingStore(database).withdraw(number)
        click.echo(f"withdrawn from the labelling queue: {count} photo{'' if count == 1 else 's'}")


@reactions_group.command("pause")
@click.argument("action", type=click.Choice(_ACTIONS))
@click.option("--why", required=True, help="In a sentence; it stands in the record.")
@_BY
def pause_command(action: str, why: str, by: str) -> None:
    """Keep an action from being taken by itself; what it would have been is still listed."""
    from coachwork.reactions.answers import Action
    from coachwork.storage.reaction_store import ReactionStore

    ReactionStore(_opened()[1]).pause(Action(action), by=by or _login(), why=why)
    click.echo(f"{action} is paused until  coachwork reactions resume {action}")


@reactions_group.command("resume")
@click.argument("action", type=click.Choice(_ACTIONS))
def resume_command(action: str) -> None:
    """Let an action be taken by itself again."""
    from coachwork.reactions.answers import Action
    from coachwork.storage.reaction_store import ReactionStore

    resumed = ReactionStore(_opened()[1]).resume(Action(action))
    click.echo(f"{action} is taken by itself again" if resumed else f"{action} was not paused")


@reactions_group.command("queue")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="Write the waiting photos into a folder.")
@_JSON
def queue_command(*, to: Path | None, as_json: bool) -> None:
    """List the photos that should be labelled next, the darkest first, or write them into a new folder."""
    import json
    from dataclasses import asdict

    from coachwork.casework.labelling import export_queue
    from coachwork.storage.labelling_store import LabellingStore
    from coachwork.storage.photo_store import PhotoStore

    settings, database = _opened()
    store = LabellingStore(database)
    if to is not None:
        count = export_queue(store, PhotoStore(settings.photos), to)
        click.echo(f"{count} photos in {to}; propose damages with  coachwork preannotate {to} --to TASK --format cvat")
        return
    found = store.photos()
    if as_json:
        told = [asdict(one) | {"at": None if one.at is None else one.at.isoformat()} for one in found]
        click.echo(json.dumps(told, indent=2))
        return
    for one in found:
        click.echo(f"{one.number:>5}  {one.state:<9}  {one.sha256[:12]}  {one.why}  {one.name}")
    if not found:
        click.echo("no photo waits to be labelled", err=True)


@reactions_group.command("table")
def table_command() -> None:
    """Print what is triggered by what, what runs by itself, and how to stop it."""
    from coachwork.reactions.answers import ANSWERS

    for one in ANSWERS:
        click.secho(f"{one.condition} -> {one.action}", bold=True)
        click.echo(f"  by itself  {one.by_itself}\n  waits for  {one.waits_for}\n  stop       {one.stop}\n")


def _line(one: "Reaction") -> str:
    from coachwork.reactions.answers import Action
    from coachwork.reactions.reaction import ReactionState

    begun = one.state is ReactionState.DONE and not one.ended_by and one.action in (Action.TRAIN, Action.RELEASE)
    state = "begun" if begun else one.state.value
    line = f"{one.number:>4}  {one.at:%Y-%m-%d %H:%M}  {one.action:<17} {state:<8} {one.condition}: {one.why}"
    return line + (f" [{one.state} by {one.ended_by}: {one.ended_why}]" if one.ended_by else "")


def _opened() -> "tuple[ServiceSettings, Database]":
    import os

    from coachwork.settings import read_settings
    from coachwork.storage.database import Database

    settings = read_settings(os.environ)
    database = Database(settings.database_url)
    database.migrate()
    return settings, database


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
