import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachwork.inference.bundle import BundleError, load_bundle, write_bundle
from coachwork.inference.card import Card, card_from_json, card_to_json, unseen_types_limit
from coachwork.inference.decoding import DecodingKind
from coachwork.taxonomy import CarPart, DamageType, Task


@pytest.fixture
def copied(colour_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(colour_bundle, tmp_path / "bundle"))


def changed(folder: Path, **fields: Any) -> Path:
    card = json.loads((folder / "card.json").read_text())
    card.update(fields)
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_a_card_survives_the_way_through_json(colour_card: Card) -> None:
    assert card_from_json(json.loads(json.dumps(card_to_json(colour_card)))) == colour_card


def test_what_was_written_is_loaded(colour_bundle: Path, colour_card: Card) -> None:
    bundle = load_bundle(colour_bundle)
    assert bundle.card == colour_card
    assert len(bundle.digest) == 64
    assert bundle.model_path.is_file()
    assert sorted(path.name for path in colour_bundle.iterdir()) == ["card.json", "model.onnx"]


def test_writing_again_replaces_the_bundle_whole(copied: Path, colour_card: Card) -> None:
    written = write_bundle(copied, colour_card, b"another model")
    assert load_bundle(copied) == written
    assert [path.name for path in copied.parent.iterdir()] == [copied.name]


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path, colour_card: Card) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(BundleError, match="is no bundle"):
        write_bundle(tmp_path, colour_card, b"model")
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_a_changed_model_is_refused(copied: Path) -> None:
    with (copied / "model.onnx").open("ab") as model:
        model.write(b"\0")
    with pytest.raises(BundleError, match="SHA-256"):
        load_bundle(copied)


@pytest.mark.parametrize("name", ["card.json", "model.onnx"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(BundleError, match=name):
        load_bundle(copied)


def test_a_missing_folder_and_a_file_in_its_place_are_named(copied: Path) -> None:
    with pytest.raises(BundleError, match="no such folder"):
        load_bundle(copied / "nowhere")
    with pytest.raises(BundleError, match="not a folder"):
        load_bundle(copied / "card.json")


@pytest.mark.parametrize("text", ["", "{", "[]", '"card"', "\x00"])
def test_a_card_that_is_no_json_object_is_refused(copied: Path, text: str) -> None:
    (copied / "card.json").write_text(text)
    with pytest.raises(BundleError, match=r"card\.json"):
        load_bundle(copied)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"schema": "coachwork.card/99"}, "update Coachwork"),
        ({"types": ["dent", "moon"]}, "types"),
        ({"types": ["dent", "dent"]}, "each once"),
        ({"types": []}, "types"),
        ({"input": {"height": "big", "width": 64}}, "input.height"),
        ({"input": {"height": 0, "width": 64, "mean": [0, 0, 0], "std": [1, 1, 1]}}, "input"),
        ({"thresholds": {"dent": 0.5}}, "thresholds.scratch is missing"),
        ({"thresholds": {"dent": 0.5, "scratch": 2}}, "0..1"),
        ({"decoding": {"kind": "guess"}}, "decoding.kind"),
        ({"verdict": {"coefficients": {"moon": 1}}}, "verdict"),
        ({"limits": [1]}, "limits"),
        ({"model": {}}, "sha256"),
    ],
)
def test_a_wrong_field_is_named(copied: Path, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BundleError, match=words):
        load_bundle(changed(copied, **fields))


def test_keys_of_a_later_writer_are_passed_over(copied: Path, colour_card: Card) -> None:
    assert load_bundle(changed(copied, colour_of_the_year="grey")).card == colour_card


def test_a_card_without_verdict_is_valid(copied: Path) -> None:
    assert load_bundle(changed(copied, verdict=None)).card.verdict is None


def test_limits_say_what_is_not_seen() -> None:
    assert unseen_types_limit(tuple(DamageType)) == ""
    assert "flat tire" in unseen_types_limit((DamageType.DENT,))


def part_card(card: Card) -> Card:
    rule = replace(card.decoding, kind=DecodingKind.SEMANTIC, single_types=("bonnet",))
    types = (CarPart.BONNET, CarPart.WHEEL)
    return replace(
        card, task=Task.PARTS, types=types, thresholds=dict.fromkeys(types, 0.5), decoding=rule, verdict=None
    )


def test_a_card_of_parts_survives_the_way_through_json(colour_card: Card) -> None:
    card = part_card(colour_card)
    assert card_from_json(json.loads(json.dumps(card_to_json(card)))) == card


def test_a_card_lists_what_its_task_can_see(colour_card: Card) -> None:
    with pytest.raises(ValueError, match="the task damage lists some of dent"):
        replace(part_card(colour_card), task=Task.DAMAGE)


@pytest.mark.parametrize("stated", [None, "damage instances", "damage"])
def test_cards_of_earlier_versions_are_of_damages(colour_card: Card, stated: str | None) -> None:
    written = card_to_json(colour_card)
    del written["task"], written["decoding"]["single_types"]
    assert card_from_json(written if stated is None else written | {"task": stated}) == colour_card
