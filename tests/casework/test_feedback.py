import json
from pathlib import Path

import pytest

from coachwork.cases.corrections import Correction, CorrectionKind, Mark, standing_damages
from coachwork.cases.problems import CaseRefused
from coachwork.casework.feedback import export_feedback
from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.taxonomy import CarPart, DamageType
from tests.web.workbench_cases import person, ready_case


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path / "data")}))


def export(service: Service, to: Path, *, tenant: str = "default") -> tuple[int, int, int, int]:
    done = export_feedback(
        service.keys.tenant(tenant),
        to,
        cases=service.cases,
        corrections=service.corrections,
        photo_bytes=service.photo_store,
    )
    return done.cases, done.photos, done.shapes, done.corrections


def test_nothing_corrected_is_an_empty_export(service: Service, tmp_path: Path) -> None:
    ready_case(service)
    assert export(service, tmp_path / "out") == (0, 0, 0, 0)
    assert json.loads((tmp_path / "out" / "feedback.coco.json").read_text())["images"] == []
    with pytest.raises(CaseRefused, match="name a new folder"):
        export(service, tmp_path / "out")


def test_damages_as_they_stand_become_annotations(service: Service, tmp_path: Path) -> None:
    case, anna = ready_case(service), person(service, "anna")
    photo = service.cases.photos(case.tenant, case.id)[1]
    dent, scratch = standing_damages(service.cases.result(case.tenant, case.id).inspection, []).damages
    mark = Mark(sha256=photo.sha256, outline=((10.0, 10.0), (90.0, 10.0), (50.0, 80.0)))
    service.desk.correct(
        anna,
        case.id,
        Correction(kind=CorrectionKind.ADD, revision=1, type=DamageType.CRACK, part=CarPart.ROOF, mark=mark),
    )
    changed = Correction(kind=CorrectionKind.CHANGE, revision=2, damage=scratch.key, type=DamageType.RUST)
    service.desk.correct(anna, case.id, changed)
    assert export(service, tmp_path / "out") == (1, 2, 4, 2)
    document = json.loads((tmp_path / "out" / "feedback.coco.json").read_text())
    names = {one["id"]: one["name"] for one in document["categories"]}
    told = [
        (one["image_id"], names[one["category_id"]], one["attributes"]["stated_by"]) for one in document["annotations"]
    ]
    assert told == [(1, "dent", "model"), (1, "rust", "person"), (2, "dent", "model"), (2, "crack", "person")]
    assert document["annotations"][3]["segmentation"] == [[10.0, 10.0, 90.0, 10.0, 50.0, 80.0]]
    kept = service.photo_store.get(case.tenant, photo.sha256)
    assert (tmp_path / "out" / "photos" / document["images"][1]["file_name"]).read_bytes() == kept
    lines = [json.loads(line) for line in (tmp_path / "out" / "corrections.jsonl").read_text().splitlines()]
    assert [(one["kind"], one["by"], one["type"]) for one in lines] == [
        ("add", "anna", "crack"),
        ("change", "anna", "rust"),
    ]
    assert export(service, tmp_path / "others", tenant="other") == (0, 0, 0, 0)
    service.desk.correct(anna, case.id, Correction(kind=CorrectionKind.DELETE, revision=3, damage=dent.key))
    assert export(service, tmp_path / "again")[2] == 2
