from datetime import UTC, datetime
from typing import Any

from coachwork.cases.case import CaseResult
from coachwork.casework.standing_inspection import standing_inspection


def damage(kind: str, box: list[float]) -> dict[str, Any]:
    return {"type": kind, "box": box, "mask": None, "score": 0.9, "probability": 0.9}


def inspection() -> dict[str, Any]:
    photo = {"file": "a.jpg", "sha256": "a" * 64, "width": 100, "height": 80}
    told = {"severity": [], "probability": 0.9, "part": None, "size_mm": None, "evidence": [{"by": "part"}]}
    damages = [damage("dent", [0, 0, 9, 9]), damage("rust", [5, 5, 20, 20])]
    return {
        "verdict": "damaged",
        "photos": [{"photo": photo, "damages": damages, "sizes": [None, 3]}],
        "damages": [
            told | {"type": "dent", "views": [{"photo": 0, "damage": 0}]},
            told | {"type": "rust", "views": [{"photo": 0, "damage": 1}]},
        ],
    }


def result(damages: list[dict[str, Any]] | None) -> CaseResult:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return CaseResult(revision=1, inspection=inspection(), estimate={}, settlement=None, made=made, damages=damages)


def test_without_corrections_nothing_changes() -> None:
    assert standing_inspection(result(None)) == inspection()


def test_deleted_damages_go_from_the_photos_and_drawn_ones_come() -> None:
    outline = [[30.0, 30.0], [50.0, 30.0], [50.0, 50.0]]
    told = {"part": "bonnet", "severity": ["minor"], "probability": 1.0}
    standing = [
        told | {"number": 2, "name": "damage 2", "type": "scratch", "views": [{"photo": 0, "damage": 1}]},
        told
        | {
            "number": 3,
            "name": "damage 3",
            "type": "dent",
            "views": [{"photo": 0, "damage": None, "outline": outline}],
        },
    ]
    found = standing_inspection(result(standing))
    assert [one["type"] for one in found["photos"][0]["damages"]] == ["scratch", "dent"]
    assert found["photos"][0]["sizes"] == [3, None]
    assert [one["views"] for one in found["damages"]] == [[{"photo": 0, "damage": 0}], [{"photo": 0, "damage": 1}]]
    assert all(one["evidence"] == [] for one in found["damages"])


def test_where_everything_was_deleted_nothing_is_left() -> None:
    found = standing_inspection(result([]))
    assert (found["damages"], found["photos"][0]["damages"], found["verdict"]) == ([], [], "uncertain")
