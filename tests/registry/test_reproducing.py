import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.assessments.making import Making, making_from_json
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_bundle_folder, shipped_parts_folder
from coachwork.inference.parity import shipped_samples_folder
from coachwork.inference.severity_file import shipped_severity_path
from coachwork.json_objects import JsonObject
from coachwork.registry.bundle_store import BundleStore
from coachwork.registry.gating import GatePhotos
from coachwork.registry.records import RecordError
from coachwork.registry.reproducing import ReproductionError, Workshop, reproduce


def workshop(tmp_path: Path, *folders: Path, store: BundleStore | None = None) -> Workshop:
    return Workshop(folders=folders, store=store, cache=tmp_path / "cache", severities=(shipped_severity_path(),))


def recorded(path: Path, photo: Path, *assessors: Assessor, **changed: Any) -> Path:
    lines = [assessment_to_json(one.assess_file(photo)[1]) | changed for one in assessors]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_the_bundle_that_ships_says_the_same_again(tmp_path: Path) -> None:
    """Damages, parts, severities and verdict, by the record alone."""
    shipped, parts = shipped_bundle_folder(), shipped_parts_folder()
    assert parts is not None
    photo = shipped_samples_folder() / "crushed-door.jpg"
    assessor = Assessor(shipped, parts=parts, severity=shipped_severity_path(), threads=1)
    record = recorded(tmp_path / "record.json", photo, assessor)
    found = reproduce(record, photo, workshop(tmp_path, shipped, parts))
    assert found.same
    assert found.again == found.record
    assert found.circumstances == ()
    assert found.record["damages"][0]["severity"] is not None


def test_settings_that_were_asked_for_are_taken_from_the_record(
    colour_bundle: Path, colour_photos: GatePhotos, tmp_path: Path
) -> None:
    photo = colour_photos.folder / "00.png"
    record = recorded(tmp_path / "record.json", photo, Assessor(colour_bundle, min_score=0.02, threads=1))
    found = reproduce(record, photo, workshop(tmp_path, colour_bundle))
    assert found.same
    assert found.record["made_with"]["threads"] == 1


def test_a_bundle_is_found_by_its_digest_and_not_by_its_model(
    colour_bundle: Path, bundles: Any, colour_photos: GatePhotos, tmp_path: Path
) -> None:
    photo = colour_photos.folder / "00.png"
    other = bundles.with_thresholds("other", 0.35)  # the same model's file
    record = recorded(tmp_path / "record.json", photo, Assessor(other))
    with pytest.raises(ReproductionError, match="--bundle"):
        reproduce(record, photo, workshop(tmp_path, colour_bundle))
    assert reproduce(record, photo, workshop(tmp_path, colour_bundle, other)).same
    store = BundleStore(tmp_path / "store")
    store.put(other)
    shutil.rmtree(other)
    assert reproduce(record, photo, workshop(tmp_path, colour_bundle, store=store)).same


def test_what_differs_is_told(colour_bundle: Path, colour_photos: GatePhotos, tmp_path: Path) -> None:
    photo = colour_photos.folder / "00.png"
    made = Assessor(colour_bundle).making.to_json() | {"runtime": "onnxruntime 0.9", "threads": 1}
    made["libraries"] = {**made["libraries"], "pillow": "1.0"}
    record = recorded(tmp_path / "record.json", photo, Assessor(colour_bundle), damage_probability=0.25, made_with=made)
    found = reproduce(record, photo, workshop(tmp_path, colour_bundle))
    assert not found.same
    assert len(found.differences) == 1
    assert found.differences[0].startswith("damage_probability is ")
    assert found.differences[0].endswith("was 0.25")
    told = "; ".join(found.circumstances)
    assert "onnxruntime 0.9" in told
    assert "was 1.0" in told


def test_thresholds_of_nobody_are_told(colour_bundle: Path, colour_photos: GatePhotos, tmp_path: Path) -> None:
    photo = colour_photos.folder / "00.png"
    assessor = Assessor(colour_bundle)
    model = assessment_to_json(assessor.assess_file(photo)[1])["model"] | {"thresholds": {"dent": 0.1, "scratch": 0.2}}
    record = recorded(tmp_path / "record.json", photo, assessor, model=model)
    with pytest.raises(ReproductionError, match="thresholds"):
        reproduce(record, photo, workshop(tmp_path, colour_bundle))


def test_records_of_earlier_versions_are_made_again_by_the_models_file(
    colour_bundle: Path, colour_photos: GatePhotos, tmp_path: Path
) -> None:
    photo = colour_photos.folder / "00.png"
    record = recorded(tmp_path / "record.json", photo, Assessor(colour_bundle), made_with=None)
    found = reproduce(record, photo, workshop(tmp_path, colour_bundle))
    assert found.same
    assert "earlier version" in found.circumstances[0]


def test_the_right_photo_is_taken_out_of_a_document(
    colour_bundle: Path, colour_photos: GatePhotos, tmp_path: Path
) -> None:
    assessor = Assessor(colour_bundle)
    told = [assessment_to_json(assessor.assess_file(colour_photos.folder / f"{n:02}.png")[1]) for n in range(3)]
    record = tmp_path / "case.json"
    record.write_text(json.dumps({"result": {"photos": told}}), encoding="utf-8")
    found = reproduce(record, colour_photos.folder / "02.png", workshop(tmp_path, colour_bundle))
    assert found.same
    assert found.record == told[2]
    with pytest.raises(RecordError, match=r"00\.png"):
        reproduce(record, colour_photos.folder / "07.png", workshop(tmp_path, colour_bundle))


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"schema": "coachwork.assessment/1"}', "[" * 100_000])
def test_what_is_no_record_is_told(colour_photos: GatePhotos, tmp_path: Path, text: str) -> None:
    record = tmp_path / "record.json"
    record.write_text(text, encoding="utf-8")
    with pytest.raises(RecordError):
        reproduce(record, colour_photos.folder / "00.png", workshop(tmp_path))


def test_what_an_assessment_was_made_with_survives_json(colour_bundle: Path) -> None:
    made = Assessor(colour_bundle).making
    assert making_from_json(JsonObject(json.loads(json.dumps(made.to_json())), file="", where="")) == made
    assert made.differences(made) == ()
    assert made.differences(replace(made, threads=made.threads + 1)) == (
        f"threads is {made.threads + 1}, was {made.threads}",
    )
    assert isinstance(made, Making)
