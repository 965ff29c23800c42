"""Where the loop finds the champion, and enters the bundles that it makes: the registry of the settings."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from coachwork.casework.models import release_store
from coachwork.errors import MissingExtra
from coachwork.inference.bundle import shipped_bundle_folder
from coachwork.pipelines.loop.loop import Loop
from coachwork.reactions.reaction import BY_ITSELF
from coachwork.registry.release import Signature
from coachwork.registry.release_moves import appoint, change
from coachwork.registry.tracking_place import OFF

if TYPE_CHECKING:
    from coachwork.registry.lineage import RegisteredModel
    from coachwork.registry.registry import Registry


def registry_of(loop: Loop) -> "Registry":
    """The registry, with the release that the servers of this database follow.

    Raises:
        MissingExtra: MLflow is not installed.
        CoachworkError: a part of the registry cannot be opened.
    """
    try:
        from coachwork.registry.registry import Registry
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    root, name = loop.service.data_dir / "registry", loop.settings.training.model
    releases = release_store(loop.service, loop.database)
    return Registry.at(str(root), tracking=registry_uri(loop), name=name, releases=releases)


def registry_uri(loop: Loop) -> str:
    """Where MLflow keeps the registry, and the runs of plans that name no other place: as `coachwork registry` does."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    return f"sqlite:///{(loop.service.data_dir / 'registry').resolve() / 'mlflow.db'}" if uri in {"", OFF} else uri


def with_champion(loop: Loop, registry: "Registry") -> Path:
    """The folder of the bundle that answers; the service's own one becomes the first champion of the release.

    So every challenger has something to be compared with, and every promotion something to go back to.

    Raises:
        CoachworkError: the bundle is not whole, or a store does not answer.
    """
    champion = registry.read().champion
    if champion is not None:
        return registry.champion_folder(champion)
    own = loop.service.bundle or shipped_bundle_folder()
    first = registry.add(own, by=BY_ITSELF)
    bundle = registry.bundle_version(first)
    why = "the service's own bundle, which answered so far"
    change(registry.releases, lambda release: appoint(release, bundle, Signature(by=BY_ITSELF, why=why)))
    registry.read()
    loop.tell(f"release: {bundle.words} is the first champion: {why}")
    return registry.folder_of(first.digest)


def words_of(model: "RegisteredModel") -> str:
    """A version as people read it."""
    return f"{model.name} {model.version} ({model.digest[:12]})"
