"""Where the commands of `coachwork release` find the release, and the bundles that they name."""

import getpass
import os
from collections.abc import Iterable
from dataclasses import dataclass

import click

from coachwork.casework.models import bundle_loader, release_store
from coachwork.cli.registry_place import open_registry
from coachwork.inference.bundle import bundle_folder, load_bundle
from coachwork.registry.bundle_store import BundleStore
from coachwork.registry.gate_reports import GateReports
from coachwork.registry.release import BundleVersion, ReleaseStore, Signature
from coachwork.settings import ServiceSettings, read_settings
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.release_trials import TrialStore
from coachwork.taxonomy import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlace:
    """The stores of a service that the commands work on.

    Attributes:
        settings: of the service.
        store: of the release.
        trials: what challengers said.
        tenants: names of those that the service knows.
    """

    settings: ServiceSettings
    store: ReleaseStore
    trials: TrialStore
    tenants: frozenset[str]

    def bundle(self, wanted: str, *, version: str, store: str) -> BundleVersion:
        """A bundle where servers find it: a version of the registry as it lies there, a folder put into a store.

        Args:
            wanted: the bundle's folder, or "shipped" for the one in the package; or a version of the registry: its
                number, or the first digits of its digest.
            version: that a folder is to have; empty for the first digits of its digest.
            store: of bundles, for a folder: a folder or an address; empty for the one in the data folder.

        Raises:
            UsageError: it finds no damages, or is neither a folder nor a version.
            BundleError, BundleStoreError, RegistryError: it cannot be used or kept.
            MissingExtra: the registry needs MLflow, which is not installed.
        """
        folder = bundle_folder(wanted)
        if not folder.is_dir():
            return self._registered(wanted, told=bool(version or store))
        card = load_bundle(folder).card
        if card.task is not Task.DAMAGE:
            message = f"{folder} is a bundle for {card.task}: a release is of damage models; set COACHWORK_PARTS"
            raise click.UsageError(message)
        place = store or str(self.settings.data_dir / "bundles")
        digest = BundleStore(place).put(folder).digest
        return BundleVersion(name=card.name, version=version or digest[:12], digest=digest, place=place)

    def gates_said(self, challenger: BundleVersion, champion: BundleVersion | None) -> str:
        """What the registry's gates said of a challenger against a champion, for the history: never empty.

        Raises:
            GateError: their reports cannot be read.
        """
        reports = GateReports(str(self.settings.data_dir / "registry" / "gates"))
        report = reports.latest(challenger.digest, "" if champion is None else champion.digest)
        return "the gates were not asked" if report is None else f"gates {report.digest[:12]}: {report.summary}"

    def _registered(self, wanted: str, *, told: bool) -> BundleVersion:
        if "/" in wanted or not (self.settings.data_dir / "registry").is_dir():
            message = f"{wanted} is no folder of a bundle, and no version: look at  coachwork registry list"
            raise click.UsageError(message)
        if told:
            message = f"{wanted} is a version of the registry: its name and place are known, so leave out --bundle-..."
            raise click.UsageError(message)
        registry = open_registry(("", "", "", "damage"))
        model = registry.versions.named(wanted)
        if load_bundle(registry.folder_of(model.digest)).card.task is not Task.DAMAGE:
            message = f"{model.name} {model.version} finds no damages: a release is of damage models"
            raise click.UsageError(message)
        return registry.bundle_version(model)

    def check(self, version: BundleVersion) -> None:
        """Loads a bundle and runs it on a photo, as a server would.

        Raises:
            BundleError, BundleStoreError: it cannot be used.
        """
        bundle_loader(self.settings).released(version)

    def check_tenants(self, names: Iterable[str]) -> None:
        """Nothing, where the service knows all these tenants.

        Raises:
            UsageError: it does not.
        """
        unknown = set(names) - self.tenants
        if unknown:
            known = ", ".join(sorted(self.tenants)) or "none yet"
            message = f"there is no tenant {', '.join(sorted(unknown))}: there are {known}"
            raise click.UsageError(message)


def opened() -> ReleasePlace:
    """The stores that the environment names.

    Raises:
        SettingError, DatabaseError, ReleaseError: one cannot be opened.
    """
    settings = read_settings(os.environ)
    database = Database(settings.database_url)
    database.migrate()
    return ReleasePlace(
        settings=settings,
        store=release_store(settings, database),
        trials=TrialStore(database),
        tenants=frozenset(KeyStore(database).tenant_names()),
    )


def signed(why: str) -> Signature:
    """Whoever runs the command, and why."""
    return Signature(by=getpass.getuser(), why=why)
