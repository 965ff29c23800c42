"""The options that say where a registry lies, and opening it."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from coachwork.registry.registry import Registry
    from coachwork.registry.release import ReleaseStore

_OPTIONS = (
    click.option("--at", "root", default="", metavar="PLACE", help="Folder or bucket of the registry [data/registry]."),
    click.option("--tracking", default="", metavar="URI", help="Where MLflow keeps its part [mlflow.db in --at]."),
    click.option(
        "--release", default="", metavar="PLACE", help="Folder or bucket of the release [where servers look]."
    ),
    click.option("--name", default="damage", show_default=True, help="Of the registered model."),
)

BY = click.option("--by", default="", metavar="WHO", help="Who does it, for the history [your user name].")
"""The option that names who does something."""


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that say where the registry lies; the command gets them as `place`."""

    def placed(*, root: str, tracking: str, release: str, name: str, **named: Any) -> None:
        command(place=(root, tracking, release, name), **named)

    placed.__name__, placed.__doc__ = command.__name__, command.__doc__
    placed.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in reversed(_OPTIONS):
        option(placed)
    return placed


def open_registry(place: tuple[str, str, str, str]) -> "Registry":
    """The registry at a place.

    Raises:
        MissingExtra: MLflow is not installed.
        CoachworkError: a part of it cannot be opened.
    """
    from coachwork.settings import read_settings

    root, tracking, release, name = place
    try:
        from coachwork.registry.registry import Registry
        from coachwork.registry.tracking_place import OFF
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    root = root or str(read_settings(os.environ).data_dir / "registry")
    uri = tracking or os.environ.get("MLFLOW_TRACKING_URI", "")
    return Registry.at(root, tracking=_own(root) if uri in ("", OFF) else uri, name=name, releases=_releases(release))


def who(by: str) -> str:
    """The name that the history is to tell."""
    import getpass

    try:
        return by.strip() or getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "somebody"


def _own(root: str) -> str:
    from pathlib import Path

    if "://" in root:
        message = (
            "a registry in a bucket needs MLflow's place beside it: name it with --tracking or MLFLOW_TRACKING_URI"
        )
        raise click.UsageError(message)
    return f"sqlite:///{Path(root).resolve() / 'mlflow.db'}"


def _releases(release: str) -> "ReleaseStore":
    from coachwork.registry.release_files import ReleaseFiles

    if release:
        return ReleaseFiles(release)
    from coachwork.casework.models import release_store
    from coachwork.settings import read_settings
    from coachwork.storage.database import Database

    settings = read_settings(os.environ)
    if settings.release:
        return ReleaseFiles(settings.release)
    database = Database(settings.database_url)
    database.migrate()
    return release_store(settings, database)
