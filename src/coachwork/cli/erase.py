"""`coachwork erase`: cases gone for good, one by one or by age, with a receipt for each."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.storage.erasing import Eraser, Erasure

_HELP = """Erase a case for good: its rows, its photos, and what they are known again by.

What stays is a receipt: which case, how many rows and photos, who, why, when; --list shows all receipts. --older-than
erases the cases to which nothing happened for so many days, such as every night. Backups taken before still hold them.

\b
Examples:
  coachwork erase case_01kavy3qz8r5t2m4n6p8q0s1v3 --why "request of 30 November"
  coachwork erase --older-than 730 --why "kept for two years" --dry-run
  coachwork erase --list --json
"""


@click.command("erase", help=_HELP)
@click.argument("case", metavar="[CASE]", required=False)
@click.option("--why", default="", help="Stays in the receipt; needed to erase.")
@click.option("--older-than", "days", type=click.IntRange(min=1), metavar="DAYS", help="Erase cases by their age.")
@click.option("--tenant", default="default", show_default=True, help="Whose cases.")
@click.option("--dry-run", is_flag=True, help="Only say which cases.")
@click.option("--list", "listed", is_flag=True, help="Show the receipts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def erase_command(
    case: str | None, *, why: str, days: int | None, tenant: str, dry_run: bool, listed: bool, as_json: bool
) -> None:
    """See `_HELP`."""
    import getpass
    from datetime import timedelta

    from coachwork.storage.columns import now

    if sum((case is not None, days is not None, listed)) != 1:
        message = "name one case, or --older-than DAYS, or --list"
        raise click.UsageError(message)
    eraser, owner = _eraser(tenant)
    if listed:
        for erasure in eraser.erasures(owner):
            _say(erasure, as_json=as_json)
        return
    if not why and not dry_run:
        message = "--why is needed: it stays in the receipt"
        raise click.UsageError(message)
    names = [case] if case is not None else [one.id for one in eraser.older(owner, now() - timedelta(days=days or 0))]
    for name in names:
        if dry_run:
            click.echo(name)
        else:
            _say(eraser.erase(owner, str(name), by=f"{getpass.getuser()} (command line)", why=why), as_json=as_json)


def _say(erasure: "Erasure", *, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    if as_json:
        click.echo(json.dumps(asdict(erasure) | {"at": erasure.at.isoformat()}))
        return
    rows = sum(erasure.rows.values())
    click.echo(
        f"{erasure.at:%Y-%m-%d %H:%M} {erasure.id}: {erasure.case}, {rows} rows, {erasure.photos} photos, "
        f"by {erasure.by}: {erasure.why}"
    )


def _eraser(tenant: str) -> "tuple[Eraser, str]":
    """What erases, and the tenant's name in the database."""
    import os

    from coachwork.settings import read_settings
    from coachwork.storage.database import Database
    from coachwork.storage.erasing import Eraser
    from coachwork.storage.key_store import KeyStore
    from coachwork.storage.photo_store import PhotoStore
    from coachwork.storage.picture_cache import PictureCache

    settings = read_settings(os.environ)
    database = Database(settings.database_url)
    database.migrate()
    pictures = PictureCache(settings.data_dir / "pictures")
    eraser = Eraser(database, PhotoStore(settings.photos), settings.data_dir / "registers", pictures)
    return eraser, KeyStore(database).tenant(tenant)
