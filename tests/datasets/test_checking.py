import hashlib
import json
from dataclasses import replace

import pytest

from coachwork.datasets.checking import Fault, check_version
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.store import DatasetStore
from coachwork.datasets.version import Version
from tests.datasets.conftest import Fill, make_sample, make_shape, make_version

ONE = make_sample("one", shapes=(make_shape(),))


def faults(store: DatasetStore, version: Version, *, bytes_too: bool = True) -> list[Fault]:
    return [finding.fault for finding in check_version(store, version.digest, bytes_too=bytes_too)]


def test_an_empty_version_is_sound(store: DatasetStore, fill: Fill) -> None:
    assert faults(store, fill(store, "d", make_version())) == []


def test_a_sound_version_has_no_findings_and_each_photo_is_looked_at(store: DatasetStore, fill: Fill) -> None:
    version = fill(store, "d", make_version(ONE, make_sample("two", split=Split.VAL)))
    looked: list[tuple[int, int]] = []
    assert check_version(store, version.digest, looked=lambda done, total: looked.append((done, total))) == ()
    assert looked == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        ([ONE, make_sample("two", cluster=ONE.cluster, split=Split.VAL)], Fault.LEAK),
        ([ONE, make_sample("two", fingerprint=(ONE.fingerprint or 0) ^ 1, split=Split.TEST)], Fault.LEAK),
        ([ONE, replace(ONE, name="again.jpg")], Fault.PHOTO_TWICE),
        ([make_sample("one", shapes=(make_shape(26),))], Fault.SHAPE_OUTSIDE),
    ],
)
def test_what_samples_say_is_checked(store: DatasetStore, fill: Fill, samples: list[Sample], fault: Fault) -> None:
    if fault is Fault.PHOTO_TWICE:
        fill(store, "d", make_version(ONE))  # the photo itself, as the samples give it two names
    assert faults(store, fill(store, "d", make_version(*samples))) == [fault]
    assert fault.remedy


def test_photos_that_went_or_changed_are_found(store: DatasetStore, fill: Fill) -> None:
    version = fill(store, "d", make_version(ONE, make_sample("two")))
    store.files.put(store.photo(ONE).name, b"other")
    assert faults(store, version) == [Fault.PHOTO_CHANGED]
    assert faults(store, version, bytes_too=False) == []
    gone = make_version(make_sample("nowhere"))
    store.files.put(f"objects/versions/{gone.digest}/manifest.json", gone.manifest)
    store.files.put(f"objects/versions/{gone.digest}/samples.jsonl", gone.lines)
    assert faults(store, gone) == [Fault.PHOTO_MISSING]


def test_a_manifest_that_counts_otherwise_is_found(store: DatasetStore, fill: Fill) -> None:
    version = fill(store, "d", make_version(ONE))
    record = json.loads(version.manifest)
    record["counts"]["photos"] = 7
    wrong = json.dumps(record).encode()
    digest = hashlib.sha256(wrong).hexdigest()
    store.files.put(f"objects/versions/{digest}/manifest.json", wrong)
    store.files.put(f"objects/versions/{digest}/samples.jsonl", version.lines)
    (finding,) = check_version(store, digest)
    assert (finding.fault, "states photos 7" in finding.what) == (Fault.COUNTS_DIFFER, True)


def test_a_version_that_was_changed_is_one_finding(store: DatasetStore, fill: Fill) -> None:
    version = fill(store, "d", make_version(ONE))
    store.files.put(f"objects/versions/{version.digest}/samples.jsonl", b"")
    assert faults(store, version) == [Fault.VERSION_BROKEN]


def test_a_photo_under_a_strange_name_is_found(store: DatasetStore, fill: Fill) -> None:
    version = fill(store, "d", make_version(replace(ONE, photo="photos/x/one.jpg")))
    assert faults(store, version) == [Fault.PHOTO_MISPLACED]
