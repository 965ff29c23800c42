"""The work on one photo: from its bytes to what is written of it. Nothing here knows of Beam."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from coachwork.annotations.tf_example import encode_example
from coachwork.assessments.assessment import Assessment
from coachwork.assessments.assessment_example import damage_features, photo_features
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import CARD_FILE, Bundle, BundleError, load_bundle, model_files, shipped_parts_folder
from coachwork.photos.problems import PhotoError, shown_name
from coachwork.photos.reading import Photo, read_photo
from coachwork.photos.shrinking import shrink
from coachwork.photos.signals import PhotoSignals, measure_signals
from coachwork.pipelines.bulk.plan import SHIPPED_PARTS, BulkPlan
from coachwork.pipelines.bulk.storage import FileRef, is_remote, joined, read_bytes

_SIGNALS_SIDE_PX = 1280
"""As for assessing: signals of a photo do not depend on the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One distinct photo.

    Attributes:
        sha256: digest of its bytes, hex.
        files: where it lies, sorted; several for copies.
    """

    sha256: str
    files: tuple[FileRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoResult:
    """What was found of one photo.

    Attributes:
        item: the photo.
        signals: what is said of it without a model.
        assessment: what the model says, or None where none was asked.
        example: serialised Example, or None where photos are not stored.
    """

    item: WorkItem
    signals: PhotoSignals
    assessment: Assessment | None
    example: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFailure:
    """A file that could not be worked on: a line of the dead letters.

    Attributes:
        files: where it lies; several for copies.
        sha256: digest of its bytes, hex; None where they could not be read.
        reason: for programs: a `PhotoProblem`, or "unexpected".
        explanation: what is wrong and what to do.
        for_good: whether another try would give the same.
    """

    files: tuple[FileRef, ...]
    sha256: str | None
    reason: str
    explanation: str
    for_good: bool


class PhotoTools:
    """Works on photos; holds the model, which is loaded once."""

    def __init__(self, plan: BulkPlan) -> None:
        """Loads the model where the plan asks for one.

        Raises:
            BundleError: the bundle cannot be used.
        """
        self.plan = plan
        self.assessor = open_assessor(plan, threads=plan.threads) if plan.task.assesses else None

    @property
    def min_side(self) -> int:
        """What reading a photo keeps of its longer side, pixels."""
        needed = _SIGNALS_SIDE_PX if self.assessor is None else self.assessor.min_side
        return max(needed, self.plan.longest_px) if self.plan.task.stores_photos else needed

    def work(self, item: WorkItem) -> PhotoResult | PhotoFailure:
        """Reads a photo and does what the plan asks.

        Raises:
            BundleError: the model does not run: no photo would fare better.
        """
        try:
            data = read_bytes(item.files[0].path, self.plan.limits.max_bytes)
            if hashlib.sha256(data).hexdigest() != item.sha256:
                return _failed(item, "changed", "the file was changed while the run went on: run again", for_good=False)
            return self._result(item, data)
        except BundleError:
            raise
        except PhotoError as refused:
            return _failed(item, refused.reason.value, refused.explanation, for_good=True)
        except OSError as refused:
            return _failed(
                item,
                "unreadable",
                f"the file cannot be read ({refused.strerror or refused}): run again",
                for_good=False,
            )
        except Exception as fault:  # noqa: BLE001 - one photo in ten million must not end the run
            why = f"working on it failed with {type(fault).__name__} ({fault}): please report this"
            return _failed(item, "unexpected", why, for_good=False)

    def _result(self, item: WorkItem, data: bytes) -> PhotoResult:
        file = item.files[0].path
        photo = read_photo(data, name=file.rsplit("/", 1)[-1], limits=self.plan.limits, min_side=self.min_side)
        assessment = None if self.assessor is None else self.assessor.assess(photo, file=shown_name(file))
        signals = measure_signals(photo, quality=None if assessment is None else assessment.quality)
        stored = self._example(photo, data, assessment, file) if self.plan.task.stores_photos else None
        return PhotoResult(item=item, signals=signals, assessment=assessment, example=stored)

    def _example(self, photo: Photo, data: bytes, assessment: Assessment | None, file: str) -> bytes:
        encoded = shrink(photo, data, longest_px=self.plan.longest_px)
        features = photo_features(encoded, file=file, sha256=photo.sha256)
        if assessment is not None:
            features |= damage_features(assessment.damages, photo=photo.size, stored=encoded.size)
        return encode_example(features)


def identify(ref: FileRef, plan: BulkPlan) -> str | PhotoFailure:
    """SHA-256 of a file's bytes, hex, or why they cannot be read."""
    try:
        data = read_bytes(ref.path, plan.limits.max_bytes)
    except OSError as refused:
        explanation = f"the file cannot be read ({refused.strerror or refused}): check the link or its permissions"
        return PhotoFailure(files=(ref,), sha256=None, reason="unreadable", explanation=explanation, for_good=False)
    if len(data) > plan.limits.max_bytes:
        explanation = f"the file is larger than {plan.limits.max_bytes / 2**20:.3g} MB: save it smaller"
        return PhotoFailure(files=(ref,), sha256=None, reason="too_many_bytes", explanation=explanation, for_good=False)
    return hashlib.sha256(data).hexdigest()


def open_assessor(plan: BulkPlan, *, threads: int | None) -> Assessor:
    """What looks at the photos of a run.

    Raises:
        BundleError: a bundle cannot be used.
    """
    parts = None
    if plan.parts is not None:
        folder = str(shipped_parts_folder() or "") if plan.parts == SHIPPED_PARTS else plan.parts
        if not folder:
            raise BundleError(folder=Path(plan.parts), why="the package holds no part model: add --parts none")
        parts = open_bundle(folder)
    return Assessor(open_bundle(plan.bundle), threads=threads, parts=parts, severity=plan.severity)


def open_bundle(folder: str | None) -> Bundle:
    """The model bundle of a folder, of the package, or of an object store (copied and read from there).

    Raises:
        BundleError: it cannot be used.
    """
    if folder is None or not is_remote(folder):
        return load_bundle(None if folder is None else Path(folder))
    copy = Path(tempfile.mkdtemp(prefix="coachwork-bundle-"))  # lives as long as the worker: the model loads late
    _copy_file(folder, CARD_FILE, copy)
    for name in model_files(copy):
        _copy_file(folder, name, copy)
    return load_bundle(copy)


def _copy_file(folder: str, name: str, to: Path) -> None:
    try:
        (to / name).write_bytes(read_bytes(joined(folder, name)))
    except OSError as refused:
        why = f"{name} cannot be read ({refused}): give --bundle a folder that holds it"
        raise BundleError(folder=Path(folder), why=why) from refused


def _failed(item: WorkItem, reason: str, explanation: str, *, for_good: bool) -> PhotoFailure:
    return PhotoFailure(files=item.files, sha256=item.sha256, reason=reason, explanation=explanation, for_good=for_good)
