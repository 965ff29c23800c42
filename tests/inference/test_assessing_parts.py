"""Assessing with a part model: the same colours, read as parts."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from coachwork import assess
from coachwork.cli.assess import assess_command
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import Bundle, BundleError, load_bundle, write_bundle
from coachwork.inference.card import Card
from coachwork.inference.decoding import DecodingKind
from coachwork.taxonomy import CarPart, Kind, Task
from tests.inference.test_assessing import picture, png

PARTS: tuple[Kind, ...] = (CarPart.BONNET, CarPart.WHEEL)


@pytest.fixture
def part_bundle(colour_bundle: Path, colour_card: Card, tmp_path: Path) -> Bundle:
    """Reads red as the bonnet, blue as wheels."""
    card = replace(
        colour_card,
        name="parts of colours",
        task=Task.PARTS,
        types=PARTS,
        thresholds=dict.fromkeys(PARTS, 0.3),
        decoding=replace(colour_card.decoding, kind=DecodingKind.SEMANTIC, single_types=("bonnet",)),
        verdict=None,
        limits=("knows colours alone",),
    )
    return write_bundle(tmp_path / "parts", card, load_bundle(colour_bundle).model_path.read_bytes())


def test_each_damage_is_told_its_part(colour_bundle: Path, part_bundle: Bundle) -> None:
    (told,) = assess(png(picture()), bundle=colour_bundle, parts=part_bundle)
    assert {damage.type.value: damage.part.name for damage in told.damages if damage.part} == {
        "dent": "bonnet",
        "scratch": "wheel",
    }
    assert all(damage.part and damage.part.share > 0.8 for damage in told.damages)
    assert told.part_model is not None
    assert (told.part_model.digest, told.part_model.limits) == (part_bundle.digest, ("knows colours alone",))


def test_without_a_part_model_nothing_else_changes(colour_bundle: Path, part_bundle: Bundle) -> None:
    (told,), (untold,) = (assess(png(picture()), bundle=colour_bundle, parts=one) for one in (part_bundle.folder, None))
    assert all(damage.part is None for damage in untold.damages)
    assert untold.part_model is None
    assert (told.verdict, told.damage_probability) == (untold.verdict, untold.damage_probability)
    assert [damage.box for damage in told.damages] == [damage.box for damage in untold.damages]


def test_a_bundle_of_the_other_task_is_named(colour_bundle: Path, part_bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="its task is parts, --bundle needs one whose task is damage"):
        Assessor(part_bundle)
    with pytest.raises(BundleError, match="its task is damage, --parts needs one whose task is parts"):
        Assessor(colour_bundle, parts=colour_bundle)


def test_the_command_tells_parts_in_table_and_report(colour_bundle: Path, part_bundle: Bundle, tmp_path: Path) -> None:
    photo, out = tmp_path / "car.png", tmp_path / "out"
    photo.write_bytes(png(picture()))
    common = [str(photo), "--bundle", str(colour_bundle), "--out", str(out)]
    told = CliRunner().invoke(assess_command, [*common, "--parts", str(part_bundle.folder)])
    assert told.exit_code == 0, told.output
    assert "(bonnet" in " ".join(told.stdout.split())
    page = (out / "report.html").read_text(encoding="utf-8")
    assert ">part<" in page
    assert "knows colours alone" in page
    untold = CliRunner().invoke(assess_command, [*common, "--parts", "none"])
    assert "(bonnet" not in " ".join(untold.stdout.split())
    page = (out / "report.html").read_text(encoding="utf-8")
    assert ">part<" not in page
    assert "knows colours alone" not in page
