"""Work that two items have in common is counted once, and more damage still never costs less."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.estimates.card_reading import RateCardError, read_rate_card, sample_card_path
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.items import LabourClass
from coachwork.estimates.labour_overlap import LabourOverlap
from coachwork.estimates.line import Line
from coachwork.estimates.planning import jobs_of, plan_repairs
from coachwork.estimates.rate_card import ItemHours, RateCard
from coachwork.estimates.readings import Reading, read_damages
from coachwork.estimates.rules import Operation, Rule
from coachwork.estimates.ways import ways_of
from coachwork.inspections.vehicle import Paint, Vehicle
from coachwork.taxonomy import CarPart, DamageType, Item
from tests.estimates.cards import D, card_with, damage, sample_card
from tests.estimates.test_laws import made_card

PLAIN = Vehicle(paint=Paint.CLEAR_COAT)
WING = damage(DamageType.DENT, CarPart.FRONT_LEFT_WING, "120", paint_broken=True, name="wing")
BUMPER = damage(DamageType.CRACK, CarPart.FRONT_BUMPER, "200", name="bumper")
LINKED_PARTS = (
    CarPart.FRONT_BUMPER,
    CarPart.FRONT_LEFT_WING,
    CarPart.FRONT_RIGHT_WING,
    CarPart.LEFT_HEADLAMP,
    CarPart.FRONT_LEFT_DOOR,
    CarPart.LEFT_MIRROR,
    CarPart.REAR_BUMPER,
    CarPart.REAR_LEFT_WING,
)


def remove_install(item: Item, *damages: RepairDamage, card: RateCard | None = None) -> Line | None:
    lines = make_estimate(damages, card or sample_card(), PLAIN).likely.lines
    found = [line for line in lines if line.item is item and line.operation is Operation.REMOVE_INSTALL]
    return found[0] if found else None


def test_a_neighbour_that_is_off_anyway_is_not_taken_off_again() -> None:
    alone, beside = remove_install(Item.FRONT_LEFT_WING, WING), remove_install(Item.FRONT_LEFT_WING, WING, BUMPER)
    assert alone is not None
    assert beside is not None
    assert (alone.hours, alone.labour) == (D("0.6"), D("30.00"))
    assert (beside.hours, beside.labour) == (D("0.3"), D("15.00"))
    assert beside.why == "0.3 h less: the front bumper is off anyway"
    assert Rule.LABOUR_OVERLAP in beside.rules
    assert "labour_overlap" in beside.tables
    assert Rule.LABOUR_OVERLAP not in alone.rules


def test_of_two_repaired_neighbours_the_later_one_is_shortened_once() -> None:
    scuff = damage(DamageType.SCRATCH, CarPart.FRONT_BUMPER, "400", paint_broken=True, name="bumper")
    bumper, wing = (remove_install(item, WING, scuff) for item in (Item.FRONT_BUMPER, Item.FRONT_LEFT_WING))
    assert bumper is not None
    assert wing is not None
    assert (bumper.hours, wing.hours) == (D("1.2"), D("0.3"))


def test_two_replaced_items_have_no_fitting_in_common() -> None:
    lamp = damage(DamageType.BROKEN_LAMP, CarPart.LEFT_HEADLAMP, name="lamp")
    lines = make_estimate([BUMPER, lamp], sample_card(), PLAIN).likely.lines
    assert not any(Rule.LABOUR_OVERLAP in line.rules for line in lines)


def test_without_the_table_nothing_is_shared() -> None:
    line = remove_install(Item.FRONT_LEFT_WING, WING, BUMPER, card=card_with(labour_overlap={}))
    assert line is not None
    assert line.hours == D("0.6")


def test_an_item_that_shares_more_than_its_own_work_shares_nothing() -> None:
    base = sample_card()
    hours = dict(base.hours) | {
        Item.FRONT_LEFT_WING: replace(base.item_hours(Item.FRONT_LEFT_WING), remove_install=D("0.2"))
    }
    line = remove_install(Item.FRONT_LEFT_WING, WING, BUMPER, card=card_with(hours=hours))
    assert line is not None
    assert line.hours == D("0.2")


def test_a_card_without_body_rate_has_nothing_to_save() -> None:
    labour = {kind: rate for kind, rate in sample_card().labour.items() if kind is not LabourClass.BODY}
    estimate = make_estimate([WING, BUMPER], card_with(labour=labour), PLAIN)
    assert estimate.open
    assert all(min(line.labour, line.tax) >= 0 for line in estimate.likely.lines)


DAMAGES = st.builds(
    damage,
    st.sampled_from([DamageType.DENT, DamageType.SCRATCH, DamageType.CRACK, DamageType.BROKEN_LAMP]),
    st.sampled_from(LINKED_PARTS),
    st.integers(10, 500).map(str),
    paint_broken=st.booleans(),
)
SEVERAL = st.lists(DAMAGES, min_size=1, max_size=5).map(
    lambda found: [replace(one, name=f"d{place}") for place, one in enumerate(found)]
)
CARDS = st.integers(0, 10**6).map(made_card)


@settings(max_examples=60)
@given(SEVERAL, DAMAGES, CARDS)
def test_one_more_damage_beside_others_never_costs_less(
    found: list[RepairDamage], more: RepairDamage, card: RateCard
) -> None:
    before, after = make_estimate(found, card, PLAIN), make_estimate([*found, more], card, PLAIN)
    for reading in Reading:
        assert before.plans[reading].total <= after.plans[reading].total
        for line in after.plans[reading].lines:
            assert min(line.labour, line.tax, line.hours or D(0)) >= 0


@settings(max_examples=40)
@given(SEVERAL, CARDS, st.sampled_from(Reading))
def test_the_plan_is_the_cheapest_of_all_choices(found: list[RepairDamage], card: RateCard, reading: Reading) -> None:
    read = read_damages(found, card, reading)
    kinds = {job.key: [way.kind for way in ways_of(job)] for job in jobs_of(read, card, PLAIN, reading)}
    every = [
        plan_repairs(read, card, PLAIN, reading, decided=dict(zip(kinds, chosen, strict=True)))
        for chosen in product(*kinds.values())
    ]
    plan = plan_repairs(read, card, PLAIN, reading)
    assert plan.total == min((one.total for one in every), default=D(0))
    assert {one.ways.get(key) for one in every for key in kinds} == {kind for some in kinds.values() for kind in some}


def test_what_a_person_decided_is_done_where_the_rules_allow_it() -> None:
    read = read_damages([WING], sample_card(), Reading.LIKELY)
    key = (Item.FRONT_LEFT_WING, "")
    likely = plan_repairs(read, sample_card(), PLAIN, Reading.LIKELY)
    (job,) = jobs_of(read, sample_card(), PLAIN, Reading.LIKELY)
    other = next(way.kind for way in ways_of(job) if way.kind is not likely.ways[key])
    decided = plan_repairs(read, sample_card(), PLAIN, Reading.LIKELY, decided={key: other})
    assert decided.ways == {key: other}
    assert decided.total >= likely.total


def test_the_sample_card_shares_work_and_every_item_of_it_takes_part() -> None:
    card = sample_card()
    linked = {item for pair in card.labour_overlap for item in pair}
    overlap = LabourOverlap(card)
    assert overlap.linked(linked) == linked
    removed = {item for item in linked if card.hours.get(item, ItemHours()).remove_install}
    pairs = [sorted(pair) for pair in card.labour_overlap]
    assert all(set(pair) & removed for pair in pairs)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            "front_bumper = {front_left_wing = 0.7}",
            "0.7 h in common with others, more than its remove_install of 0.6 h",
        ),
        ("front_bumper = {front_left_wing = 0.1}\nfront_left_wing = {front_bumper = 0.1}", "told a second time"),
        ("front_bumper = {wheel = 0.1}", "is not known here"),
        ("front_bumper = {front_bumper = 0.1}", "is not known here"),
        ("front_bumper = 0.3", "must be a table"),
    ],
)
def test_a_wrong_overlap_is_told_by_line(table: str, told: str, tmp_path: Path) -> None:
    text = sample_card_path().read_text(encoding="utf-8")
    start, end = text.index("[labour_overlap]"), text.index("[part_prices]")
    changed = f'{text[:start]}[labour_overlap]\nsource = "test"\n{table}\n{text[end:]}'
    file = tmp_path / "card.toml"
    file.write_text(changed, encoding="utf-8")
    with pytest.raises((RateCardError, ExceptionGroup)) as raised:
        read_rate_card(file)
    errors = raised.value.exceptions if isinstance(raised.value, ExceptionGroup) else [raised.value]
    first = text[:start].count("\n") + 1
    assert any(told in str(error) for error in errors), [str(error) for error in errors]
    assert all((error.line or 0) >= first for error in errors if isinstance(error, RateCardError))
