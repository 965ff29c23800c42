"""`coachwork backup` and `coachwork restore`: all that a service keeps, into a folder and back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.storage.backup import Backup
    from coachwork.storage.database import Database
    from coachwork.storage.photo_store import PhotoStore

_BACKUP = """Copy all that a service keeps into the new folder TO; the service may run meanwhile.

Rows are text files, photos keep their bytes; every file is checked by its digest when it is restored. The backup holds
personal data and the secrets of webhooks: keep it as safe as the service itself.

\b
Examples:
  coachwork backup backups/2026-11-30
  COACHWORK_DATABASE_URL=postgresql://... COACHWORK_PHOTOS=s3://... coachwork backup /mnt/backup/today
"""

_RESTORE = """Bring the backup in the folder FROM back into a new database and store of photos.

Nothing is written over: the database must be empty. A backup of SQLite may be restored into PostgreSQL, and the other
way round. Cases that were worked on are worked on again when the service starts.

\b
Examples:
  COACHWORK_DATA_DIR=/srv/new coachwork restore backups/2026-11-30
"""


@click.command("backup", help=_BACKUP)
@click.argument("to", metavar="TO", type=click.Path(path_type=Path))
def backup_command(to: Path) -> None:
    """See `_BACKUP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.storage.backup import back_up

    database, photos, registers = _stores()
    database.migrate()
    with photo_bar("backing up") as seen:
        _say(back_up(database, photos, to, registers=registers, seen=seen), to)


@click.command("restore", help=_RESTORE)
@click.argument("origin", metavar="FROM", type=click.Path(path_type=Path))
def restore_command(origin: Path) -> None:
    """See `_RESTORE`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.storage.backup import restore

    database, photos, registers = _stores()
    with photo_bar("restoring") as seen:
        _say(restore(origin, database, photos, registers=registers, seen=seen), origin)


def _stores() -> "tuple[Database, PhotoStore, Path]":
    import os

    from coachwork.settings import read_settings
    from coachwork.storage.database import Database
    from coachwork.storage.photo_store import PhotoStore

    settings = read_settings(os.environ)
    return Database(settings.database_url), PhotoStore(settings.photos), settings.data_dir / "registers"


def _say(backup: "Backup", folder: Path) -> None:
    cases, megabytes = backup.rows.get("cases", 0), backup.bytes / 2**20
    click.echo(f"{cases} cases and {backup.photos} photos ({megabytes:.1f} MB): {folder}")
