"""A dataset on disk: `manifest.json`, `samples.jsonl`, and the photos under their own digests.

DIR/manifest.json                       schema, name, sources, counts, digest of samples.jsonl
DIR/samples.jsonl                       one sample a line
DIR/photos/<sha256[:2]>/<sha256>.<ext>  each photo once, however many sources hold it
"""

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.sample_lines import sample_from_line, sample_to_line
from coachwork.errors import CoachworkError
from coachwork.taxonomy import UNSPECIFIED, DamageType, LabelMap

SCHEMA = "coachwork.dataset/1"
_MANIFEST, _SAMPLES, _NEXT_MANIFEST = "manifest.json", "samples.jsonl", "manifest.next.json"


class DatasetError(CoachworkError):
    """A dataset folder is missing, broken, or in the way.

    Attributes:
        folder: the dataset's folder.
        why: what is wrong with it.
    """

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder}: {why}")
        self.folder = folder
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where samples come from, and what their licence allows."""

    name: str
    title: str = ""
    licence: str = "not stated"
    attribution: str = ""
    url: str = ""
    weights_may_ship: bool = False

    @classmethod
    def of(cls, label_map: LabelMap) -> "Source":
        """The facts that a label map holds of its set."""
        return cls(
            name=label_map.name,
            title=label_map.title,
            licence=label_map.licence,
            attribution=label_map.attribution,
            url=label_map.url,
            weights_may_ship=label_map.weights_may_ship,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Samples with their sources.

    Attributes:
        name: what it is called.
        folder: where it lies; a sample's photo is relative to it.
        sources: each sample's `source` is the name of one of them.
        samples: in the order of samples.jsonl.
        digest: sha256 of samples.jsonl, hex: the dataset's version. Photos are covered, as samples hold their digests.
        created: when it was written, ISO 8601, UTC.
    """

    name: str
    folder: Path
    sources: tuple[Source, ...]
    samples: tuple[Sample, ...]
    digest: str
    created: str

    def split(self, split: Split) -> tuple[Sample, ...]:
        """Samples of one split."""
        return tuple(sample for sample in self.samples if sample.split is split)

    def photo_path(self, sample: Sample) -> Path:
        """The file of a sample's photo."""
        return self.folder / sample.photo


def photo_place(sha256: str, suffix: str) -> str:
    """Where a photo lies in a dataset.

    >>> photo_place("ab12", ".JPEG")
    'photos/ab/ab12.jpg'
    """
    ending = {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix.lower(), suffix.lower())
    return f"photos/{sha256[:2]}/{sha256}{ending}"


def shape_counts(samples: Sequence[Sample]) -> dict[str, int]:
    """Shapes of each type, types without any left out; `damage` counts those whose type is not stated."""
    counts = Counter(shape.type for sample in samples for shape in sample.shapes)
    named = {kind.value: counts[kind] for kind in DamageType if counts[kind]}
    return named | ({UNSPECIFIED: counts[None]} if counts[None] else {})


def counts_of(samples: Sequence[Sample]) -> dict[str, Any]:
    """The counts that a manifest states: photos, clusters, splits, sources, shapes by type, shapes with a mask."""
    return {
        "photos": len(samples),
        "clusters": len({sample.cluster for sample in samples}),
        "splits": {split.value: sum(sample.split is split for sample in samples) for split in Split},
        "sources": dict(sorted(Counter(sample.source for sample in samples).items())),
        "shapes": shape_counts(samples),
        "masks": sum(shape.has_mask for sample in samples for shape in sample.shapes),
    }


def read_dataset(folder: Path) -> Dataset:
    """Reads a dataset.

    Raises:
        DatasetError: no dataset, another schema, or samples that do not agree with the manifest.
    """
    folder = Path(folder)
    try:
        samples_bytes = (folder / _SAMPLES).read_bytes()
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DatasetError(folder, "is no dataset: make one with  coachwork import SOURCE --to DIR") from error
    except (OSError, ValueError) as error:
        raise DatasetError(folder, f"the manifest cannot be read: {error}") from error
    digest = hashlib.sha256(samples_bytes).hexdigest()
    if isinstance(manifest, dict) and manifest.get("digest") != digest:
        manifest = _next_manifest(folder, digest) or manifest
    _check_manifest(folder, manifest, digest)
    samples = []
    for number, line in enumerate(samples_bytes.decode("utf-8").split("\n")[:-1], start=1):
        try:
            samples.append(sample_from_line(line))
        except ValueError as error:
            raise DatasetError(folder, f"{_SAMPLES} line {number} is broken: {error}") from error
    try:
        sources = tuple(Source(**source) for source in manifest["sources"])
    except TypeError as error:
        raise DatasetError(folder, f"{_MANIFEST} has broken sources: {error}") from error
    return Dataset(
        name=str(manifest["name"]),
        folder=folder,
        sources=sources,
        samples=tuple(samples),
        digest=digest,
        created=str(manifest["created"]),
    )


def _check_manifest(folder: Path, manifest: object, digest: str) -> None:
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise DatasetError(folder, f"{_MANIFEST} is not of the schema {SCHEMA}")
    if manifest.get("digest") != digest:
        raise DatasetError(folder, f"{_SAMPLES} was changed since {_MANIFEST} was written: import the source again")
    if missing := {"name", "sources", "created"} - manifest.keys():
        raise DatasetError(folder, f"{_MANIFEST} lacks {', '.join(sorted(missing))}")


def _next_manifest(folder: Path, digest: str) -> dict[str, Any] | None:
    """The manifest of an import that was cut off between its last two steps, where it fits the samples."""
    try:
        manifest = json.loads((folder / _NEXT_MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("digest") == digest else None


def write_dataset(
    folder: Path,
    *,
    name: str,
    sources: Sequence[Source],
    samples: Sequence[Sample],
    photos: Mapping[str, Path],
    notes: Mapping[str, object] | None = None,
    replace: bool = False,
) -> Dataset:
    """Writes a dataset durably: a new folder appears whole or not at all, and an existing one is never half new.

    Args:
        folder: where; must not exist unless `replace`.
        name: what it is called.
        sources: each sample's source must be among them.
        samples: `photo` of each must be `photo_place` of its digest.
        photos: sha256 -> file, for the photos that are not in the folder yet.
        notes: further files, name -> JSON value, such as problems.json.
        replace: put the samples in place of those of an existing dataset; photos that are there are kept.

    Raises:
        DatasetError: the folder exists, a photo is missing, or the disk refuses.
    """
    if folder.exists() and not replace:
        raise DatasetError(folder, "exists already: choose another folder, or add to it with --merge")
    if strange := {sample.source for sample in samples} - {source.name for source in sources}:
        raise DatasetError(folder, f"samples name the unknown sources {', '.join(sorted(strange))}")
    content = _Content(name=name, sources=sources, samples=samples, photos=photos, notes=notes or {})
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            _fill(folder, content)
        else:
            # A folder of its own, so that two imports into one parent do not meet.
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as work:
                fresh = Path(work) / "dataset"
                fresh.mkdir()
                _fill(fresh, content)
                fresh.rename(folder)
                _sync(folder.parent)
    except OSError as error:
        raise DatasetError(folder, f"cannot be written: {error}") from error
    return read_dataset(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What a dataset's folder is to hold."""

    name: str
    sources: Sequence[Source]
    samples: Sequence[Sample]
    photos: Mapping[str, Path]
    notes: Mapping[str, object]


def _fill(folder: Path, content: _Content) -> None:
    for sample in content.samples:
        target = folder / sample.photo
        if not target.exists():
            if sample.sha256 not in content.photos:
                raise DatasetError(folder, f"the photo of {sample.name!r} is nowhere")
            _copy(content.photos[sample.sha256], target, sample.sha256)
    lines = "".join(sample_to_line(sample) + "\n" for sample in content.samples).encode("utf-8")
    manifest = _manifest(content, hashlib.sha256(lines).hexdigest())
    for note, value in content.notes.items():
        _replace(folder / note, _json_bytes(value))
    # The order matters: when the samples are new and the manifest is not, `manifest.next.json` fits them.
    _replace(folder / _NEXT_MANIFEST, _json_bytes(manifest))
    _replace(folder / _SAMPLES, lines)
    _replace(folder / _MANIFEST, _json_bytes(manifest))
    (folder / _NEXT_MANIFEST).unlink()


def _manifest(content: _Content, digest: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "name": content.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "digest": digest,
        "sources": [asdict(source) for source in content.sources],
        "counts": counts_of(content.samples),
    }


def _json_bytes(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode("utf-8")


def _copy(source: Path, target: Path, sha256: str) -> None:
    """Copies a photo so that it appears whole; its bytes must still be those that were read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DatasetError(source, "the photo changed while it was imported")
    _replace(target, content)


def _replace(target: Path, content: bytes) -> None:
    partial = target.with_name(f".{target.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)


def _sync(folder: Path) -> None:
    """Makes a rename in the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
