"""Laws of every estimate, on any damages and any card that the reader would take."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.estimates.damage import Access, RepairDamage, by_name
from coachwork.estimates.estimate import Estimate, EstimateError, make_estimate
from coachwork.estimates.items import is_painted
from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.rate_card import ItemHours, RateCard
from coachwork.estimates.readings import Reading
from coachwork.estimates.refinish import PaintJob
from coachwork.estimates.rules import Operation, Rule
from coachwork.inspections.vehicle import Body, Paint, Vehicle
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType, Item, Severity
from tests.estimates.cards import D, card_with, damage, sample_card

SIZES = st.lists(st.integers(1, 900), min_size=2, max_size=2).map(sorted)
LEVELS = st.sampled_from([(), *[tuple(Severity)[start:end] for start in range(3) for end in range(start + 1, 4)]])


@st.composite
def some_damage(draw: st.DrawFn, name: str = "x") -> RepairDamage:
    size = draw(st.none() | SIZES)
    return RepairDamage(
        name=name,
        type=draw(st.sampled_from(DamageType)),
        part=draw(st.none() | st.sampled_from(CarPart)),
        count=draw(st.sampled_from([1, 1, 1, 3, 12, 60])),
        size_mm=None if size is None else Span(low=D(size[0]), high=D(size[1])),
        severity=draw(LEVELS),
        paint_broken=draw(st.none() | st.booleans()),
        access=draw(st.none() | st.sampled_from(Access)),
        confidence=draw(st.none() | st.sampled_from([D(0), D("0.3"), D("0.6"), D(1)])),
        prior=draw(st.booleans()),
    )


@st.composite
def several(draw: st.DrawFn, least: int = 0, most: int = 7) -> list[RepairDamage]:
    return [draw(some_damage(f"d{place}")) for place in range(draw(st.integers(least, most)))]


def made_card(seed: int) -> RateCard:
    """A card without gaps, whose times, prices and rates are anything; the seed 0 is the sample card."""
    base = sample_card()
    if not seed:
        return base
    random = Random(seed)

    def some(most: int, digits: int) -> Decimal:
        return D(random.randint(0, random.choice([most, most // 20]))).scaleb(-digits)

    hours = {
        item: ItemHours(
            refinish=some(60, 1) if is_painted(item) else None, replace=some(80, 1), remove_install=some(30, 1)
        )
        for item in Item
    }
    return replace(
        base,
        hours=hours,
        part_prices={item: some(150_000, 2) for item in Item},
        labour={kind: some(12_000, 2) for kind in base.labour},
        paint_per_hour=some(6_000, 2),
        materials_cap=random.choice([None, some(60_000, 2)]),
        taxes={charge: some(30, 2) for charge in base.taxes or {}},
        uncertainty=replace(base.uncertainty, parts=random.choice([(D(1), D(1), D(1)), (D("0.5"), D(1), D(3))])),
        labour_overlap={pair: some(8, 1) for pair in dict(base.labour_overlap) | _any_pairs(random)},
    )


def _any_pairs(random: Random) -> dict[frozenset[Item], Decimal]:
    single = [item for item in Item if item not in {Item.WHEEL, Item.TYRE, Item.AIRBAGS}]
    return {frozenset(random.sample(single, 2)): D(0) for _ in range(random.choice([0, 5, 40]))}


CARDS = st.integers(0, 10**6).map(made_card)
VEHICLES = st.builds(
    Vehicle,
    body=st.none() | st.sampled_from(Body),
    paint=st.none() | st.sampled_from(Paint),
    two_tone=st.booleans(),
    aluminium=st.sampled_from([frozenset(), frozenset(Item)]),
    wear=st.sampled_from([{}, {Item.TYRE: D("0.5")}]),
)


def totals(estimate: Estimate) -> list[Decimal]:
    return [estimate.plans[reading].total for reading in Reading]


def test_no_damage_costs_nothing() -> None:
    estimate = make_estimate([], sample_card())
    assert totals(estimate) == [0, 0, 0]
    assert not estimate.likely.lines
    assert not estimate.open
    assert estimate.payable.words == "0 USD"


@settings(max_examples=25)
@given(several(), CARDS, VEHICLES)
def test_totals_equal_lines_and_nothing_is_negative(found: list[RepairDamage], card: RateCard, car: Vehicle) -> None:
    estimate = make_estimate(found, card, car)
    for plan in estimate.plans.values():
        for line in plan.lines:
            charges = (line.labour, line.parts, line.materials, line.sublet, line.tax)
            assert min(charges) >= 0
            assert all(charge == rounded(charge, card.decimals) for charge in charges)
            assert line.amount == sum(charges)
            assert line.hours is None or line.hours >= 0
            assert line.rules
            assert {table.split(".")[0] for table in line.tables} <= set(card.sources)
        assert plan.total == sum((line.amount for line in plan.lines), ZERO)
    assert min(*estimate.prior, *estimate.betterment, estimate.payable.lower) >= 0
    assert estimate.payable.upper <= estimate.total.upper


@settings(max_examples=25)
@given(several(), CARDS, VEHICLES)
def test_lower_likely_and_upper_rise(found: list[RepairDamage], card: RateCard, car: Vehicle) -> None:
    estimate = make_estimate(found, card, car)
    assert totals(estimate) == sorted(totals(estimate))
    total = estimate.total
    assert (total.lower, total.likely, total.upper) == tuple(totals(estimate))


@settings(max_examples=25)
@given(several(), some_damage("more"), CARDS, VEHICLES)
def test_one_more_damage_never_costs_less(
    found: list[RepairDamage], more: RepairDamage, card: RateCard, car: Vehicle
) -> None:
    before, after = make_estimate(found, card, car), make_estimate([*found, more], card, car)
    assert all(less <= more_ for less, more_ in zip(totals(before), totals(after), strict=True))


def _larger(one: RepairDamage) -> RepairDamage:
    size = one.size_mm
    return one if size is None else replace(one, size_mm=Span(low=size.low + 40, high=size.high + 40))


def _more(one: RepairDamage) -> RepairDamage:
    return replace(one, count=one.count + 5)


def _worse(one: RepairDamage) -> RepairDamage:
    return replace(one, severity=(Severity.SEVERE,) if one.severity else ())


def _broken(one: RepairDamage) -> RepairDamage:
    return replace(one, paint_broken=True)


def _unreachable(one: RepairDamage) -> RepairDamage:
    return replace(one, access=Access.NONE)


def _surer(one: RepairDamage) -> RepairDamage:
    return replace(one, confidence=D(1))


@pytest.mark.parametrize("worsened", [_larger, _more, _worse, _broken, _unreachable, _surer])
@settings(max_examples=10)
@given(found=several(least=1), card=CARDS, car=VEHICLES)
def test_a_worse_damage_never_costs_less(
    worsened: Callable[[RepairDamage], RepairDamage], found: list[RepairDamage], card: RateCard, car: Vehicle
) -> None:
    before = make_estimate(found, card, car)
    after = make_estimate([worsened(found[0]), *found[1:]], card, car)
    assert all(less <= more for less, more in zip(totals(before), totals(after), strict=True))


@given(st.lists(st.integers(0, 10**20), max_size=30, unique=True), st.randoms(use_true_random=False))
def test_damages_stand_as_people_count(numbers: list[int], random: Random) -> None:
    named = [damage(DamageType.DENT, None, name=f"damage {number}") for number in sorted(numbers) if number < 10**18]
    shuffled = list(named)
    random.shuffle(shuffled)
    assert by_name(shuffled) == named


@given(
    st.lists(st.text("0123456789 da\u0663", max_size=24), max_size=12, unique=True), st.randoms(use_true_random=False)
)
def test_any_names_have_an_order_of_their_own(names: list[str], random: Random) -> None:
    named = [damage(DamageType.DENT, None, name=name) for name in names]
    shuffled = list(named)
    random.shuffle(shuffled)
    assert by_name(shuffled) == by_name(named)


@settings(max_examples=25)
@given(several(least=2), st.randoms(use_true_random=False), VEHICLES)
def test_the_order_of_damages_does_not_matter(found: list[RepairDamage], random: object, car: Vehicle) -> None:
    mixed = list(found)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert make_estimate(mixed, sample_card(), car) == make_estimate(found, sample_card(), car)


@given(
    panels=st.sets(st.sampled_from([item for item in Item if is_painted(item)]), max_size=9),
    more=st.sampled_from([item for item in Item if is_painted(item)]),
    tenth=st.lists(st.integers(1, 60), min_size=40, max_size=40),
    paint=st.sampled_from(Paint),
    two_tone=st.booleans(),
)
def test_one_more_panel_never_saves_paint_time(
    panels: set[Item], more: Item, tenth: list[int], paint: Paint, *, two_tone: bool
) -> None:
    base = {item: D(tenth[place]) / 10 for place, item in enumerate(Item)}
    job = PaintJob(times=sample_card().refinish, base=base, paint=paint, two_tone=two_tone)
    assert job.hours(panels) <= job.hours(panels | {more})
    assert all(panel.hours >= 0 for panel in job.panels(panels))


def test_usual_panels_take_part_in_the_overlap() -> None:
    hours = sample_card().hours
    base = {item: times.refinish for item, times in hours.items() if times.refinish is not None}
    job = PaintJob(times=sample_card().refinish, base=base, paint=Paint.METALLIC)
    assert {item for item in base if not job.overlaps(item)} <= {Item.LEFT_MIRROR, Item.RIGHT_MIRROR}


@settings(max_examples=25)
@given(several(), st.sets(st.sampled_from(Item)))
def test_what_the_card_lacks_is_named_and_the_rest_priced(found: list[RepairDamage], lacking: set[Item]) -> None:
    base = sample_card()
    card = card_with(
        part_prices={item: price for item, price in base.part_prices.items() if item not in lacking},
        hours={item: hours for item, hours in base.hours.items() if item not in lacking},
    )
    estimate, whole = make_estimate(found, card), make_estimate(found, base)
    for before, after in zip(totals(whole), totals(estimate), strict=True):
        assert after >= before or len(estimate.open) > len(whole.open)
    assert all(entry.what and entry.why for entry in estimate.open)


def test_a_missing_price_is_named_and_the_rest_priced() -> None:
    prices = {item: price for item, price in sample_card().part_prices.items() if item is not Item.LEFT_HEADLAMP}
    lamp = damage(DamageType.BROKEN_LAMP, CarPart.LEFT_HEADLAMP)
    estimate = make_estimate([lamp], card_with(part_prices=prices))
    (entry,) = estimate.open
    assert entry.what == "left headlamp: part"
    assert entry.why == "the rate card has no price of left_headlamp: add it to [part_prices]"
    assert estimate.total.likely == D("45.00")  # fitting it, 0.9 h of 50


def test_a_damage_on_an_unknown_part_is_open() -> None:
    estimate = make_estimate([damage(DamageType.DENT, None, name="d7")], sample_card())
    assert [entry.what for entry in estimate.open] == ["d7: dent on an unknown part"]
    assert estimate.total.upper == 0


def test_doubt_widens_the_interval() -> None:
    sure = make_estimate([damage(DamageType.SCRATCH, CarPart.BONNET, "100", paint_broken=True)], sample_card())
    unsure = make_estimate([damage(DamageType.SCRATCH, CarPart.BONNET, None, confidence=D("0.6"))], sample_card())
    assert sure.total.lower > 0
    assert sure.total.lower < sure.total.likely < sure.total.upper
    assert unsure.total.lower == 0


def test_a_part_has_no_exact_price_and_a_card_that_says_nothing_of_it_has() -> None:
    lamp = damage(DamageType.BROKEN_LAMP, CarPart.LEFT_HEADLAMP)
    card = sample_card()
    exact = replace(card, uncertainty=replace(card.uncertainty, parts=(D(1), D(1), D(1))))
    told, without = (make_estimate([lamp], one).total for one in (card, exact))
    assert told.lower < told.likely == without.likely < told.upper
    assert without.lower == without.upper


def test_a_dearer_part_in_the_upper_reading_allows_no_repair_that_the_likely_one_forbids() -> None:
    """Or the upper figure could be a cheap repair where the likely one is a new part."""
    card = sample_card()
    wide = replace(card, uncertainty=replace(card.uncertainty, parts=(D(1), D(1), D(9))))
    for size in range(10, 700, 30):
        dent = damage(DamageType.DENT, CarPart.FRONT_LEFT_WING, str(size), paint_broken=True)
        total = make_estimate([dent], wide).total
        assert total.likely <= total.upper


def test_the_cheapest_way_is_taken_over_the_whole_car() -> None:
    """Beside painted doors, refinishing a dented one as well costs less than pushing its dent out."""
    dent = damage(DamageType.DENT, CarPart.REAR_LEFT_DOOR, "95", paint_broken=False, name="dent")
    scratches = [
        damage(DamageType.SCRATCH, part, "400", paint_broken=True)
        for part in (CarPart.FRONT_LEFT_DOOR, CarPart.REAR_LEFT_WING)
    ]
    car = Vehicle(paint=Paint.METALLIC)
    alone, among = (make_estimate(some, sample_card(), car).likely for some in ([dent], [dent, *scratches]))
    assert alone.lines[0].operation is Operation.PDR
    of_dent = [line.operation for line in among.lines if line.item is Item.REAR_LEFT_DOOR]
    assert of_dent == [Operation.REPAIR, Operation.REMOVE_INSTALL, Operation.REFINISH]


def test_two_damages_of_one_name_are_refused() -> None:
    one = damage(DamageType.DENT, CarPart.BONNET, name="d1")
    with pytest.raises(EstimateError, match="named 'd1'"):
        make_estimate([one, one], sample_card())


def test_values_in_another_currency_are_refused() -> None:
    with pytest.raises(EstimateError, match="EUR and the rate card is in USD"):
        make_estimate([], sample_card(), Vehicle(currency="EUR"))


def test_every_rule_has_its_words() -> None:
    assert len({rule.words for rule in Rule}) == len(Rule)
    assert all(rule.words and not rule.words.endswith(".") for rule in Rule)
