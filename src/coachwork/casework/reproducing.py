"""Making a past assessment again from its record, bit for bit: the photo's bytes, and the bundle that it names."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.casework.model_loading import BundleLoader, LoadedBundle
from coachwork.photos.reading import read_photo
from coachwork.registry.release import ReleaseError, ReleaseStore

_OF_THE_CAR = ("parts", "sizes")
"""What a case's record holds beside the assessment of a photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduced:
    """One photo, assessed again.

    Attributes:
        file: name of the photo.
        sha256: of its bytes.
        bundle: that assessed it, in words.
        differs: fields of the assessment that are not what they were; empty where all are, to the last digit.
    """

    file: str
    sha256: str
    bundle: str
    differs: tuple[str, ...]


def reproduce(
    inspection: Mapping[str, Any], photo: Callable[[str], bytes], loader: BundleLoader, store: ReleaseStore
) -> Iterator[Reproduced]:
    """Assesses the photos of a record again, each by the bundle that it names.

    Args:
        inspection: ``coachwork.inspection/1``, as it was kept.
        photo: bytes of a photo by its SHA-256.
        loader: of bundles; its parts and its severity rule must be those of the record, or their fields differ.
        store: of the release, whose history knows where bundles lie.

    Raises:
        ReleaseError: no bundle of a record's digest is known, or the record names none.
        BundleError, BundleStoreError, PhotoStoreError: a bundle or photo is not there any more, or was changed.
    """
    loaded: dict[str, LoadedBundle] = {}
    for told in inspection["photos"]:
        digest = told["model"].get("bundle", "")
        if digest not in loaded:
            loaded[digest] = _bundle(digest, loader, store)
        yield _again(told, photo(told["photo"]["sha256"]), loaded[digest])


def _again(told: Mapping[str, Any], data: bytes, bundle: LoadedBundle) -> Reproduced:
    assessor, name = bundle.assessor, told["photo"]["file"]
    read = read_photo(data, name=name, min_side=assessor.min_side)
    found = assessor.assess(read, file=name, parts=assessor.parts_in(read))
    value = json.loads(json.dumps(assessment_to_json(found)))
    kept = {key: one for key, one in told.items() if key not in _OF_THE_CAR}
    differs = tuple(sorted(key for key in kept.keys() | value.keys() if kept.get(key) != value.get(key)))
    return Reproduced(file=name, sha256=read.sha256, bundle=bundle.words, differs=differs)


def _bundle(digest: str, loader: BundleLoader, store: ReleaseStore) -> LoadedBundle:
    if not digest:
        message = "the record names no bundle by a digest: it was made before bundles were released"
        raise ReleaseError(message)
    for release in store.history():
        for version in (release.champion, release.challenger):
            if version is not None and version.digest == digest:
                return loader.released(version)
    own = loader.own()
    if own.digest == digest:
        return own
    message = f"the bundle {digest[:12]} of the record was never released here: set COACHWORK_BUNDLE to its folder"
    raise ReleaseError(message)


def all_same(photos: Sequence[Reproduced]) -> bool:
    """Whether every photo came out as it was."""
    return not any(one.differs for one in photos)
