import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from coachwork.assessments.verdict import Verdict
from coachwork.inspections.inspection import inspect_car
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.inspections.inspection_reading import read_inspection
from coachwork.inspections.vehicle import Body, Paint
from coachwork.reports.car.reading import SCHEMAS, DocumentError, check_document, read_document, schema_text
from coachwork.taxonomy import CarPart, DamageType, Severity
from tests.reports.car.cases import damaged_car, whole_document

ROOT = Path(__file__).parents[3]
LOADED = {schema["$id"]: schema for schema in (json.loads(schema_text(name)) for name in SCHEMAS)}


def undescribed(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """Keys of a value that its schema does not name."""
    schemas = list(branches(schema, root))
    if isinstance(value, list):
        for one in value:
            items = next((s["items"] for s, _ in schemas if "items" in s), None)
            if items is not None:
                yield from undescribed(one, items, next(r for s, r in schemas if "items" in s), f"{where}[]")
    if isinstance(value, dict):
        for key, one in value.items():
            named = next(((s["properties"][key], r) for s, r in schemas if key in s.get("properties", {})), None)
            if named is not None:
                yield from undescribed(one, named[0], named[1], f"{where}.{key}")
            elif not any("additionalProperties" in s for s, _ in schemas) and not where.endswith(
                ("settlement", "valuation")
            ):
                yield f"{where}.{key}"


def branches(
    schema: Mapping[str, Any], root: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The schema and everything that it refers to or is made of, each with the document that it stands in."""
    yield schema, root
    if "$ref" in schema:
        target = schema["$ref"]
        if target in LOADED:
            yield from branches(LOADED[target], LOADED[target])
        else:
            yield from branches(root["$defs"][target.removeprefix("#/$defs/")], root)
    for key in ("allOf", "anyOf"):
        for one in schema.get(key, ()):
            yield from branches(one, root)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(schema_text(name)))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_documents_publish_the_same_schemas(name: str) -> None:
    assert (ROOT / "docs" / "schemas" / f"{name}-1.schema.json").read_text(encoding="utf-8") == schema_text(name)


@pytest.mark.parametrize("settled", [False, True])
def test_real_documents_follow_the_schema_which_names_all_of_their_keys(tmp_path: Path, settled: bool) -> None:  # noqa: FBT001
    document = json.loads(json.dumps(whole_document(damaged_car(tmp_path), settled=settled)))
    check_document(document, "made")
    root = LOADED["urn:coachwork:schema:inspection:1"]
    assert not list(undescribed(document, root, root))


def test_an_inspection_without_money_or_photos_follows_it_too() -> None:
    check_document(inspection_to_json(inspect_car([], {})), "made")


def test_the_schema_lists_what_the_code_knows() -> None:
    inspection, assessment = (json.loads(schema_text(name)) for name in ("inspection", "assessment"))
    assert inspection["$defs"]["part"]["enum"] == [part.value for part in CarPart]
    vehicle = inspection["$defs"]["vehicle"]["properties"]
    assert vehicle["body"]["enum"] == [*(body.value for body in Body), None]
    assert vehicle["paint"]["enum"] == [*(paint.value for paint in Paint), None]
    for schema in (inspection, assessment):
        assert schema["$defs"]["damage_type"]["enum"] == [kind.value for kind in DamageType]
        assert schema["$defs"]["severity"]["enum"] == [level.value for level in Severity]
        assert schema["$defs"]["verdict"]["enum"] == [verdict.value for verdict in Verdict]


def test_a_document_comes_back_as_it_was_written(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path), settled=True)
    file = tmp_path / "inspection.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert read_document(file) == json.loads(json.dumps(document))
    assert len(read_inspection(file).photos) == 2


def broken(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(document))
    place: Any = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("verdict",), "fine", "verdict"),
        (("damages", 0, "part"), "wing", "damages[0].part"),
        (("damages", 0, "views"), [], "damages[0].views"),
        (("damages", 0, "views"), [{"photo": 7, "damage": 0}], "damages[0].views"),
        (("damages", 0, "views"), [{"photo": 1, "damage": 0}], "damages[0].views"),
        (("photos", 0, "photo", "sha256"), "x" * 64, "photos[0].photo.sha256"),
        (("estimate", "total", "likely"), 12.5, "estimate.total.likely"),
        (("made", "on"), "yesterday", "made.on"),
        (("schema",), "coachwork.damages/1", "is no inspection"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tmp_path: Path, path: tuple[Any, ...], value: Any, told: str) -> None:
    document = broken(whole_document(damaged_car(tmp_path)), path, value)
    with pytest.raises(DocumentError, match=r"^made") as refused:
        check_document(document, "made")
    assert told in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b"[" * 100_000])
def test_what_is_no_document_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "inspection.json"
    file.write_bytes(content)
    with pytest.raises(DocumentError):
        read_document(file)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_document(tmp_path / "missing.json")
