"""The registry as a whole: versions of bundles, their bytes, their gates, and the release that servers follow.

The release alone says who is champion. A promotion puts the bundle's bytes where servers find them, then writes the
release (one write that happens or does not), and then lets MLflow's aliases follow. Whoever dies in between leaves the
old champion or the new one; aliases are set right by whoever reads next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coachwork.inference.bundle import CARD_FILE, load_bundle
from coachwork.inference.contents import contents_of
from coachwork.registry.bundle_store import BundleStore, BundleStoreError
from coachwork.registry.gate import GateReport
from coachwork.registry.gate_limits import GateLimits
from coachwork.registry.gate_reports import GateReports
from coachwork.registry.gating import Gated, GatePhotos, run_gates
from coachwork.registry.lineage import RegisteredModel, lineage_of, noted_run
from coachwork.registry.model_versions import CHALLENGER, CHAMPION, ModelVersions, RegistryError
from coachwork.registry.release import BundleVersion, Release, ReleaseStore, Signature
from coachwork.registry.release_files import ReleaseFiles
from coachwork.registry.release_moves import appoint, champion_before, change, roll_back
from coachwork.registry.release_moves import promote as promote_challenger
from coachwork.taxonomy import Task

Progress = Callable[[int, int], None]


class NotPromoted(RegistryError):
    """A candidate may not become champion.

    Attributes:
        report: of its gates; None where they were not asked.
    """

    def __init__(self, message: str, *, report: GateReport | None) -> None:
        super().__init__(message)
        self.report = report


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One registered model and everything that belongs to it.

    Attributes:
        versions: in MLflow.
        bundles: their bytes, where servers find them.
        reports: of gates.
        releases: the release that servers follow.
        cache: folder of this machine for bundles of a store that is no folder.
    """

    versions: ModelVersions
    bundles: BundleStore
    reports: GateReports
    releases: ReleaseStore
    cache: Path

    @classmethod
    def at(cls, root: str, *, tracking: str, name: str, releases: ReleaseStore | None = None) -> "Registry":
        """The registry at a place: bundles, reports and, unless told otherwise, the release lie below it.

        Args:
            root: a folder, or the URL of a place in an object store.
            tracking: URI of MLflow's store or server.
            name: of the registered model.
            releases: where the release lies, by default in files below `root`.

        Raises:
            MissingExtra: packages are missing.
            RegistryError, BundleStoreError, GateError, ReleaseError: a part of it cannot be opened.
        """
        root = root.rstrip("/")
        cache = Path.home() / ".cache" / "coachwork" / "bundles" if "://" in root else Path(root) / "bundles"
        return cls(
            versions=ModelVersions(tracking, name),
            bundles=BundleStore(f"{root}/bundles"),
            reports=GateReports(f"{root}/gates"),
            releases=ReleaseFiles(f"{root}/release") if releases is None else releases,
            cache=cache,
        )

    def add(self, folder: Path, *, by: str, run: str = "") -> RegisteredModel:
        """Takes a bundle in; the same bundle a second time is the same version.

        Args:
            folder: of the bundle.
            by: who adds it.
            run: id of the tracked run that made it, by default that which lies noted beside it.

        Raises:
            BundleError: it is no bundle.
            RegistryError, BundleStoreError: it cannot be kept.
        """
        card = load_bundle(folder).card
        contents = self.bundles.put(folder)
        known = self.versions.of_digest(contents.digest)
        if known is not None:
            return known
        run = run or noted_run(folder).get("run_id", "")
        tags = self.versions.run_tags(run) if run else {}
        champion = self.read().champion
        lineage = lineage_of(
            folder, card, parent="" if champion is None else champion.digest, run_tags=tags, run=run,
            run_uri=self.versions.uri if tags else "",
        )  # fmt: skip
        return self.versions.add(self.folder_of(contents.digest), contents, card.name, lineage, by=by)

    def read(self) -> Release:
        """The release, after MLflow's aliases were set right by it.

        Raises:
            ReleaseError, RegistryError: a store does not answer.
        """
        release = self.releases.read()
        wanted = {CHAMPION: release.champion, CHALLENGER: release.challenger}
        own = {alias: self.versions.of_digest(bundle.digest) for alias, bundle in wanted.items() if bundle is not None}
        self.versions.set_aliases({alias: model.version for alias, model in own.items() if model is not None})
        return release

    def all(self) -> Sequence[RegisteredModel]:
        """All versions, the newest first, with aliases as the release says."""
        self.read()
        return self.versions.all()

    def named(self, wanted: str) -> RegisteredModel:
        """The version of a number, an alias or the first digits of a digest; see `ModelVersions.named`."""
        self.read()
        return self.versions.named(wanted)

    def folder_of(self, digest: str) -> Path:
        """A folder of this machine with a bundle, verified."""
        return self.bundles.get(digest, self.cache)

    def champion_folder(self, champion: BundleVersion) -> Path:
        """A folder of this machine with the champion, verified, wherever the release says that it lies.

        Raises:
            BundleStoreError: it is not there, or damaged.
        """
        if champion.digest in self.bundles:
            return self.folder_of(champion.digest)
        named = Path(champion.place)
        if "://" not in champion.place and (named / CARD_FILE).is_file():
            if contents_of(named).digest == champion.digest:
                return named
            why = "it was changed since it was released: go back with  coachwork registry rollback"
            raise BundleStoreError(where=champion.place, digest=champion.digest, why=why)
        return BundleStore(champion.place).get(champion.digest, self.cache)

    def gate(
        self,
        candidate: RegisteredModel,
        limits: GateLimits,
        photos: GatePhotos,
        *,
        with_crops: bool = True,
        resamples: int = 400,
        progress: Progress = lambda _done, _total: None,
    ) -> Gated:
        """Asks the gates of a version against the present champion, and keeps the report.

        Raises:
            RegistryError: it is the champion.
            See `run_gates`.
        """
        champion = self.read().champion
        if champion is not None and champion.digest == candidate.digest:
            message = f"{candidate.name} {candidate.version} is champion already: there is nothing to compare it with"
            raise RegistryError(message)
        gated = run_gates(
            self.folder_of(candidate.digest),
            None if champion is None else self.champion_folder(champion),
            limits,
            photos,
            with_crops=with_crops,
            resamples=resamples,
            progress=progress,
        )
        self.reports.keep(gated.report)
        self.versions.note(candidate.version, "gates", gated.report.summary)
        self.versions.attach(candidate.version, f"gates/{gated.report.digest[:12]}.json", gated.report.to_json())
        return gated

    def promote(
        self, candidate: RegisteredModel, *, by: str, why: str = "", despite: str = "", gates: str | None = None
    ) -> Release:
        """Makes a version champion.

        Args:
            candidate: which.
            by: who does it.
            why: for the history; by default what its gates found.
            despite: a reason to do it although gates did not pass or were not asked; recorded.
            gates: SHA-256 of the gates' file whose report counts; None takes any.

        Raises:
            NotPromoted: its gates against the present champion were not passed, or not asked.
            RegistryError: it finds no damages.
            BundleStoreError: its bundle is not whole any more.
            ReleaseError: the release cannot be changed so.
        """
        bundle = self.bundle_version(candidate)

        def move(release: Release) -> Release:
            before = "" if release.champion is None else release.champion.digest
            report = (
                self._checked(candidate, before, gates)
                if not despite
                else self.reports.latest(candidate.digest, before)
            )
            signature = Signature(by=by, why=_reason(why, despite, report), at=datetime.now(UTC))
            if release.challenger is not None and release.challenger.digest == bundle.digest:
                return promote_challenger(release, signature)
            return appoint(release, bundle, signature)

        folder = self.folder_of(candidate.digest)  # verified: no server may be sent to a bundle that is not whole
        if load_bundle(folder).card.task is not Task.DAMAGE:
            message = (
                f"{candidate.name} {candidate.version} finds no damages: servers take such a model by COACHWORK_PARTS"
            )
            raise RegistryError(message)
        changed = change(self.releases, move)
        self.read()
        return changed

    def rollback(self, *, by: str, why: str) -> Release:
        """Makes the previous champion champion again; a row more in the history, none is rewritten.

        Raises:
            IllegalRelease: there is none.
            BundleStoreError: its bundle is not whole any more.
        """

        def move(release: Release) -> Release:
            earlier = champion_before(self.releases.history())
            if earlier is not None and earlier.digest in self.bundles:
                self.folder_of(earlier.digest)
            return roll_back(release, earlier, Signature(by=by, why=why, at=datetime.now(UTC)))

        changed = change(self.releases, move)
        self.read()
        return changed

    def bundle_version(self, model: RegisteredModel) -> BundleVersion:
        """A version as servers are told of it."""
        root = self.bundles.root
        place = root if "://" in root else str(Path(root).absolute())
        return BundleVersion(name=model.name, version=model.version, digest=model.digest, place=place)

    def _checked(self, candidate: RegisteredModel, champion: str, gates: str | None) -> GateReport:
        words = f"{candidate.name} {candidate.version}"
        report = self.reports.latest(candidate.digest, champion)
        against = f" against the present champion {champion[:12]}" if champion else ""
        if report is None or (gates is not None and report.gates != gates):
            message = (
                f"{words} was not asked by the gates{against}: run  coachwork registry gate "
                f"{candidate.version}  first, or promote it --despite a reason"
            )
            raise NotPromoted(message, report=None)
        if not report.passed:
            message = f"{words} may not become champion: its gates were {report.summary}"
            raise NotPromoted(message, report=report)
        return report


def _reason(why: str, despite: str, report: GateReport | None) -> str:
    gates = "the gates were not asked" if report is None else f"gates {report.digest[:12]}: {report.summary}"
    reason = f"despite the gates: {despite}" if despite else why
    return f"{reason} [{gates}]" if reason else gates
