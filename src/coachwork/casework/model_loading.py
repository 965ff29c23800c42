"""Loading a bundle of a release: fetched, checked, and warm before it answers anybody."""

import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import CARD_FILE, Bundle, BundleError, load_bundle, shipped_bundle_folder
from coachwork.inference.contents import contents_of
from coachwork.inference.predictor import Predictor
from coachwork.inference.severity_file import shipped_severity_path
from coachwork.photos.reading import Photo, read_photo
from coachwork.registry.bundle_store import BundleStore
from coachwork.registry.release import BundleVersion

SHIPPED, CONFIGURED = "shipped", "configured"
"""Versions of the bundle that ships, and of the one that COACHWORK_BUNDLE names."""

_LOG = logging.getLogger(__name__)
_WARM_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedBundle:
    """A bundle that can answer now.

    Attributes:
        released: as the release names it; None for the server's own.
        name, version, digest: as every answer records them.
        assessor: the model, the parts and the severity rule.
    """

    released: BundleVersion | None
    name: str
    version: str
    digest: str
    assessor: Assessor

    @property
    def words(self) -> str:
        """As people read it."""
        short, named = self.digest[:12], f"{self.name} {self.version}"
        return named if short in {"", self.version} else f"{named} ({short})"


class BundleLoader:
    """Makes bundles answer. The part model and the severity rule are the server's, and shared by all."""

    def __init__(self, *, own: Path | None, parts: Path | None, cache: Path) -> None:
        """Prepares to load.

        Args:
            own: folder of the server's own bundle; None for the one that ships.
            parts: folder of the part model; None leaves parts out.
            cache: folder of this machine in which fetched bundles are kept.
        """
        self._own, self._parts_folder, self._cache = own, parts, cache
        self._loading = threading.Lock()
        self._parts: tuple[Bundle, Predictor] | None = None
        self._photo: Photo | None = None

    def own(self) -> LoadedBundle:
        """The server's own bundle.

        Raises:
            BundleError: it cannot be used.
        """
        folder = self._own or shipped_bundle_folder()
        load_bundle(folder)  # before all files are read: a folder that is no bundle may hold anything
        try:
            digest = contents_of(folder).digest
        except BundleError as odd:  # such a folder can be used, as before there were releases, but not be named
            _LOG.warning("answers cannot name their bundle by a digest: %s", odd)
            digest = ""
        return self._loaded(folder, None, version=CONFIGURED if self._own else SHIPPED, digest=digest)

    def released(self, version: BundleVersion) -> LoadedBundle:
        """A bundle of a release.

        Raises:
            BundleStoreError: it cannot be fetched.
            BundleError: it is not what the release names, or does not run.
        """
        folder = self._folder(version)
        found = contents_of(folder).digest
        if found != version.digest:
            why = f"it has the digest {found[:12]}..., the release names {version.digest[:12]}...: it was changed"
            raise BundleError(folder=folder, why=why)
        return self._loaded(folder, version, version=version.version, digest=version.digest)

    def _folder(self, version: BundleVersion) -> Path:
        """Where the bundle lies on this machine, fetched where it has to be; its store is not asked for it again."""
        kept, named = self._cache / version.digest, Path(version.place)
        try:
            if (kept / CARD_FILE).is_file() and contents_of(kept).digest == version.digest:
                return kept
        except BundleError:
            _LOG.warning("%s was changed since it was fetched, and is fetched again", kept)
        if "://" not in version.place and (named / CARD_FILE).is_file():
            return named
        return BundleStore(version.place).get(version.digest, self._cache)

    def _loaded(self, folder: Path, released: BundleVersion | None, *, version: str, digest: str) -> LoadedBundle:
        with self._loading:
            parts = self._shared_parts()
            assessor = Assessor(load_bundle(folder), parts=parts and parts[0], severity=shipped_severity_path())
            if parts is not None:
                assessor.part_predictor = parts[1]
            assessor.model = replace(assessor.model, version=version, bundle=digest)
            self._warm(assessor)
        name = released.name if released else assessor.model.name
        return LoadedBundle(released=released, name=name, version=version, digest=digest, assessor=assessor)

    def _shared_parts(self) -> tuple[Bundle, Predictor] | None:
        if self._parts is None and self._parts_folder is not None:
            bundle = load_bundle(self._parts_folder)
            self._parts = bundle, Predictor(bundle)
        return self._parts

    def _warm(self, assessor: Assessor) -> None:
        """Assesses a photo: runtimes plan and allocate at the first one, and a model that cannot run says so here."""
        if self._photo is None:
            sample = min((Path(__file__).parents[1] / "samples").glob("*.jpg"))
            self._photo = read_photo(sample, min_side=assessor.min_side)
        for _ in range(_WARM_ROUNDS):
            assessor.assess(self._photo, parts=assessor.parts_in(self._photo))
