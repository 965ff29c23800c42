"""`coachwork monitor`: the reference of a model, whether photos have drifted from it, and how soon that is seen."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.lazy_commands import LazyCommands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coachwork.inference.assessing import Assessor
    from coachwork.inference.bundle import Bundle
    from coachwork.monitoring.photo_record import PhotoRecord
    from coachwork.monitoring.profile import Profile
    from coachwork.storage.database import Database

_HELP = """Watch whether photos and answers are still those that the model was made for.

A service remembers figures of every photo that it assesses. `check` holds them against the model's reference, which
`profile` makes, and tells drift by market and device, with its cause in words.
"""

COMMANDS = {
    "profile": ("coachwork.cli.monitor_profile:profile_command", "Make the reference of a model."),
    "check": ("coachwork.cli.monitor_check:check_command", "Tell whether photos have drifted from the reference."),
    "power": ("coachwork.cli.monitor_power:power_command", "Say how many photos it takes until a shift is seen."),
    "signals": ("coachwork.cli.monitor_signals:signals_command", "Write what is remembered of photos as JSON lines."),
}


@click.group("monitor", cls=LazyCommands, registry=COMMANDS, help=_HELP)
def monitor_group() -> None:
    """See `_HELP`."""


def bundle_profile(bundle: "Bundle", file: Path | None) -> "Profile":
    """The reference in a file, by default the one beside the bundle's model, which must be of one of its variants."""
    from coachwork.monitoring.profile_json import read_profile

    if file is not None:
        return read_profile(file)
    return read_profile(bundle.folder, digests=[bundle.digest, *(one.sha256 for one in bundle.variants)])


def photo_records(bundle: "Bundle", arguments: "Sequence[str]") -> "list[PhotoRecord]":
    """The records of photos in files and folders, assessed now, in the order of their files' times."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.cli.photo_paths import find_photos
    from coachwork.inference.recording import folder_photos, recorded

    found = find_photos(arguments)
    for one in found:
        if one.problem is not None:
            raise one.problem
    paths = [Path(one.file) for one in found]
    done = 0
    with photo_bar("photos") as bar:

        def seen() -> None:
            nonlocal done
            done += 1
            bar(done, len(paths))

        records = list(recorded(watching_assessor(bundle), folder_photos(paths), seen=seen))
    return sorted(records, key=lambda one: one.at)


def watching_assessor(bundle: "Bundle") -> "Assessor":
    """What assesses photos as a service does: its part model has a say in which photos are strange."""
    import os

    from coachwork.inference.assessing import Assessor
    from coachwork.inference.bundle import shipped_parts_folder
    from coachwork.settings import read_settings

    return Assessor(bundle, parts=read_settings(os.environ).parts or shipped_parts_folder())


def service_records(*, tenant: str | None, days: float | None, last: int | None) -> "list[PhotoRecord]":
    """The records in the service's database, by COACHWORK_DATA_DIR or COACHWORK_DATABASE_URL."""
    from datetime import timedelta

    from coachwork.storage.columns import now
    from coachwork.storage.signal_store import SignalStore

    database, owner = service_database(tenant)
    since = None if days is None else now() - timedelta(days=days)
    return SignalStore(database).records(tenant=owner, since=since, last=last)


def service_database(tenant: str | None) -> "tuple[Database, str | None]":
    """The service's database, and a tenant's name in it; None for all tenants."""
    import os

    from coachwork.settings import read_settings
    from coachwork.storage.database import Database
    from coachwork.storage.key_store import KeyStore

    database = Database(read_settings(os.environ).database_url)
    database.migrate()
    return database, None if tenant is None else KeyStore(database).tenant(tenant)
