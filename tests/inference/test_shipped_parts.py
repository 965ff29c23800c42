"""The part model that ships: small, on by default, and honest of its photos."""

import json

import pytest

from coachwork.cli.assess import assess_command
from coachwork.inference.bundle import Bundle, load_bundle, shipped_parts_folder
from coachwork.taxonomy import CarPart, Task

MOST_BYTES = 8_000_000


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    folder = shipped_parts_folder()
    assert folder is not None
    return load_bundle(folder)


def test_it_is_small_and_knows_parts_with_both_sides(shipped: Bundle) -> None:
    assert shipped.model_path.stat().st_size < MOST_BYTES
    card = shipped.card
    assert card.task is Task.PARTS
    assert {kind.mirrored for kind in card.types} == set(card.types) < set(CarPart)
    assert set(card.decoding.single_types) == set(card.types) - {CarPart.WHEEL}


def test_its_card_says_that_its_photos_carry_no_stated_licence(shipped: Bundle) -> None:
    said = json.dumps([*shipped.card.limits, shipped.card.licence])
    assert "no stated licence" in said
    assert "coachwork train plans/parts.toml" in said
    assert not any(source.weights_may_ship for source in shipped.card.dataset.sources)


def test_the_command_says_how_to_leave_it_out() -> None:
    (option,) = [one for one in assess_command.params if one.name == "parts"]
    assert "none" in str(option.metavar)
