import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.inference.assessing import assess
from coachwork.monitoring.photo_record import EMBEDDING_LENGTH, MEASURES, Channel, PhotoRecord
from coachwork.monitoring.record_json import (
    SignalFileError,
    packed_embedding,
    read_records,
    record_from_json,
    record_to_json,
    unpacked_embedding,
    write_records,
)
from coachwork.monitoring.signals import (
    _projection,
    coarse_device,
    embedding_of,
    picture_measures,
    signals_of,
    unreadable,
)
from coachwork.photos.exif import CameraNotes
from coachwork.photos.reading import read_photo
from tests.monitoring.records import record, records

SAMPLES = Path(__file__).resolve().parents[2] / "src" / "coachwork" / "samples"
SIGNS = "1e11d895"
"""The first bits of SHAKE-256: records of all times are compared with each other."""
GREY = np.full((300, 400, 3), 100, dtype=np.uint8)


def test_a_grey_photo_has_its_level_and_nothing_else() -> None:
    assert picture_measures(GREY) == pytest.approx({"brightness": 100, "noise": 0, "colour_cast": 0}, abs=0.1)


def test_one_pixel_is_a_photo() -> None:
    assert picture_measures(np.zeros((1, 1, 3), dtype=np.uint8))["brightness"] == 0


def test_noise_is_found_with_its_size() -> None:
    noise = np.random.default_rng(0).normal(0, 6, (300, 380, 1))
    noisy = np.clip(100 + np.repeat(noise, 3, axis=2), 0, 255).astype(np.uint8)
    assert picture_measures(noisy)["noise"] == pytest.approx(6, rel=0.05)


def test_yellow_light_is_a_colour_cast() -> None:
    yellow = GREY.copy()
    yellow[..., 2] = 60
    expected = cv2.cvtColor(yellow[:1, :1].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    assert picture_measures(yellow)["colour_cast"] == pytest.approx(float(np.hypot(*expected[1:])), rel=1e-3)


@given(st.integers(2, 8))
def test_larger_copies_of_a_photo_have_about_the_same_signals(times: int) -> None:
    photo = read_photo(SAMPLES / "scratched-doors.jpg").pixels
    sides = 384, round(384 * photo.shape[0] / photo.shape[1])
    small = np.asarray(cv2.resize(photo, sides, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    large = np.asarray(cv2.resize(small, None, fx=times, fy=times, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
    assert picture_measures(large) == pytest.approx(picture_measures(small), rel=0.02)
    assert float(np.abs(embedding_of(large) - embedding_of(small)).max()) < 0.02


def test_embeddings_keep_distances_and_never_change() -> None:
    first, second = (embedding_of(read_photo(SAMPLES / name).pixels) for name in ("too-dark.jpg", "crushed-door.jpg"))
    assert first.shape == second.shape == (EMBEDDING_LENGTH,)
    assert float(np.linalg.norm(first)) == pytest.approx(1, abs=0.35)
    assert float(np.linalg.norm(first - second)) > 0.2
    assert np.packbits(_projection().reshape(-1) > 0)[:4].tobytes().hex() == SIGNS


def test_a_photo_that_was_assessed_has_all_signals() -> None:
    path = SAMPLES / "scratched-doors.jpg"
    photo, (assessment,) = read_photo(path), assess(path, parts=None, severity=None)
    found = signals_of(photo, assessment, case="c", market="m", device="d", latency_ms=12.0)
    assert set(found.measures) == set(MEASURES)
    assert found.measures["damages"] == len(assessment.damages) == sum(found.counts.values())
    assert 0 < found.measures["coverage"] <= 1
    assert (found.bundle, found.bundle_digest) == (assessment.model.name, assessment.model.digest)
    assert (found.case, found.market, found.device, found.sha256) == ("c", "m", "d", photo.sha256)
    assert record_from_json(json.loads(json.dumps(record_to_json(found)))).counts == found.counts


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        (CameraNotes(), ""),
        (CameraNotes(make="Canon", model="Canon EOS 80D"), "Canon EOS"),
        (CameraNotes(make="Google", model="Pixel 7"), "Google Pixel"),
        (CameraNotes(make="", model="5D"), ""),
    ],
)
def test_cameras_are_told_coarsely(notes: CameraNotes, expected: str) -> None:
    assert coarse_device(notes) == expected


def test_records_check_themselves() -> None:
    with pytest.raises(ValueError, match="zone"):
        PhotoRecord(at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no such signals: sharpnes"):
        PhotoRecord(at=datetime(2026, 1, 1, tzinfo=UTC), measures={"sharpnes": 1.0})


@given(st.integers(0, 1000), st.sampled_from(Channel))
def test_lines_give_back_what_was_written(seed: int, channel: Channel) -> None:
    first = record(np.random.default_rng(seed), seed, channel=channel, market="north", device="Apple iPhone")
    second = record_from_json(json.loads(json.dumps(record_to_json(first))))
    assert second.measures == pytest.approx(first.measures, rel=1e-4)
    assert (second.at, second.channel, second.case, second.sha256) == (first.at, channel, first.case, first.sha256)
    assert (second.market, second.device, second.verdict) == ("north", "Apple iPhone", first.verdict)


def test_files_of_records(tmp_path: Path) -> None:
    file = tmp_path / "signals.jsonl"
    write_records(file, [*records(3), unreadable()])
    assert [one.readable for one in read_records(file)] == [True, True, True, False]
    write_records(file, [])
    assert read_records(file) == []


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "else"},
        {"measures": {"brightness": float("nan")}},
        {"measures": None},
        {"at": "yesterday"},
        {"embedding": base64.b64encode(b"short").decode()},
        {"embedding": "!"},
        {"counts": {"hail": 1}},
    ],
)
def test_a_broken_line_is_told_by_its_number(change: dict[str, object], tmp_path: Path) -> None:
    good = record_to_json(records(1)[0])
    file = tmp_path / "signals.jsonl"
    file.write_text(f"{json.dumps(good)}\n\n{json.dumps(good | change)}\n", encoding="utf-8")
    with pytest.raises(SignalFileError, match="line 3: is no record of a photo"):
        read_records(file)


def test_a_missing_file_of_records_is_told(tmp_path: Path) -> None:
    with pytest.raises(SignalFileError, match="cannot be read"):
        read_records(tmp_path / "none.jsonl")


def test_embeddings_take_two_bytes_a_number() -> None:
    values = np.linspace(-1, 1, EMBEDDING_LENGTH, dtype=np.float32)
    data = packed_embedding(values)
    assert data is not None
    assert len(data) == 2 * EMBEDDING_LENGTH
    again = unpacked_embedding(data)
    assert again is not None
    assert float(np.abs(again - values).max()) < 1e-3
    assert packed_embedding(None) is None
    assert unpacked_embedding(None) is None
