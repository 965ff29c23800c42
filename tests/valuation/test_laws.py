"""Laws of every valuation, on any damages, schemes and policies."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.estimates.case_json import CarCase
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.readings import Reading
from coachwork.inspections.vehicle import Vehicle
from coachwork.taxonomy import CarPart, DamageType, Item, Severity
from coachwork.valuation.deduction import LineKind
from coachwork.valuation.policy import DeductionPolicy, Method
from coachwork.valuation.rating import items_of
from coachwork.valuation.scheme import Counted, DamageClass, Grade, Region, Scheme, SortingRule
from coachwork.valuation.valuation import Valuation
from tests.estimates.cards import D
from tests.estimates.test_laws import (
    _broken,
    _larger,
    _more,
    _surer,
    _unreachable,
    _worse,
    several,
    some_damage,
)
from tests.valuation.cases import CAR, SEEN, policy, scheme, value, without_fair_wear

GRADED = ("nama", "naaa", "bvrla")


def made_scheme(seed: int) -> Scheme:
    """A scheme whose classes, rules and limits are anything that the reader would take."""
    random = Random(seed)
    points = sorted(random.randint(0, 500) for _ in range(4))
    classes = tuple(
        DamageClass(name=f"c{place}", words="any", counted=random.choice(list(Counted)), points=D(points[place]))
        for place in range(4)
    )

    def some(values: list[object]) -> frozenset[object]:
        return (
            frozenset(random.sample(values, random.randint(1, len(values)))) if random.random() < 0.5 else frozenset()
        )

    rules = [SortingRule(name="any", words="any", level=0)]
    rules += [
        SortingRule(
            name=f"r{place}",
            words="some",
            level=random.randrange(4),
            types=some(list(DamageType)),  # type: ignore[arg-type]
            regions=some(list(Region)),  # type: ignore[arg-type]
            items=some(list(Item)) if random.random() < 0.2 else frozenset(),  # type: ignore[arg-type]
            above_mm=random.choice([None, D(random.randint(0, 500))]),
            broken_paint=random.random() < 0.3,
            more_than=random.choice([None, None, random.randrange(4)]),
            tag=random.choice(["", "", "t"]),
        )
        for place in range(random.randint(0, 10))
    ]
    tags = ["t"] if any(rule.tag for rule in rules) else []
    keys = [*(one.name for one in classes), *tags]
    grades = [
        Grade(
            name=f"g{place}",
            words="some",
            most={key: random.randrange(6) for key in keys if random.random() < 0.5},
            points=random.choice([None, D(random.randint(0, 3000))]),
        )
        for place in range(random.randint(0, 4))
    ]
    last = Grade(name="last", words="all others")
    return Scheme(name="made", title="made", source="made", classes=classes, rules=tuple(rules), grades=(*grades, last))


def with_steps(made: DeductionPolicy, chosen: Scheme) -> DeductionPolicy:
    """The policy with rising steps for the scheme's grades."""
    steps = {grade.name: D(place) / 50 for place, grade in enumerate(chosen.grades)}
    return replace(made, grade_steps=dict(made.grade_steps) | {chosen.name: steps})


SCHEMES = st.sampled_from(GRADED).map(scheme) | st.integers(1, 10**6).map(made_scheme)
POLICIES = st.builds(
    lambda method, worn: policy(method) if worn else without_fair_wear(method), st.sampled_from(Method), st.booleans()
)
VEHICLES = st.sampled_from(
    [
        CAR,
        Vehicle(),
        Vehicle(market_value=D(900)),
        replace(CAR, year=None, mileage_km=None),
        replace(CAR, new_price=None),
    ]
)


def valued(found: list[RepairDamage], chosen: Scheme, made: DeductionPolicy, car: Vehicle) -> Valuation:
    return value(found, scheme=chosen, policy=with_steps(made, chosen), vehicle=car)


def places(made: Valuation) -> list[int]:
    return [made.grading.read[reading].place for reading in Reading]


def never_better(before: Valuation, after: Valuation) -> None:
    """Neither the grade nor the deduction, in any reading; within what rounding of shares can do: nothing."""
    assert all(less <= more for less, more in zip(places(before), places(after), strict=True))
    assert all(less <= more for less, more in zip(before.sums, after.sums, strict=True))


@settings(max_examples=30, deadline=None)
@given(several(), SCHEMES, POLICIES, VEHICLES)
def test_totals_equal_lines_rise_and_are_never_negative(
    found: list[RepairDamage], chosen: Scheme, made: DeductionPolicy, car: Vehicle
) -> None:
    valuation = valued(found, chosen, made, car)
    sums = [sum((line.amounts[place] for line in valuation.lines), ZERO) for place in range(3)]
    assert sums == sorted(sums)
    assert min(sums) >= 0
    assert valuation.deduction is not None
    assert [valuation.deduction.lower, valuation.deduction.likely, valuation.deduction.upper] == sums
    assert car.market_value is None or max(sums) <= car.market_value
    for line in valuation.lines:
        assert all(amount == rounded(amount, 2) for amount in line.amounts)
        signs = (-1, 0) if line.kind in {LineKind.FAIR_WEAR, LineKind.CAP} else (0, 1)
        assert all(Decimal(amount).compare(ZERO) in signs for amount in line.amounts)
        assert all(line.formulas)
    assert places(valuation) == sorted(places(valuation))


@settings(max_examples=30, deadline=None)
@given(several(), some_damage("more"), SCHEMES, POLICIES, VEHICLES)
def test_one_more_damage_never_gives_a_better_grade_or_a_lower_deduction(
    found: list[RepairDamage], more: RepairDamage, chosen: Scheme, made: DeductionPolicy, car: Vehicle
) -> None:
    never_better(valued(found, chosen, made, car), valued([*found, more], chosen, made, car))


@pytest.mark.parametrize("worsened", [_larger, _more, _worse, _broken, _unreachable, _surer])
@settings(max_examples=8, deadline=None)
@given(found=several(least=1), chosen=SCHEMES, made=POLICIES, car=VEHICLES)
def test_a_worse_damage_never_gives_a_better_grade_or_a_lower_deduction(
    worsened: Callable[[RepairDamage], RepairDamage],
    found: list[RepairDamage],
    chosen: Scheme,
    made: DeductionPolicy,
    car: Vehicle,
) -> None:
    worse = [worsened(found[0]), *found[1:]]
    never_better(valued(found, chosen, made, car), valued(worse, chosen, made, car))


@settings(max_examples=20, deadline=None)
@given(several(least=2), st.randoms(use_true_random=False), SCHEMES, POLICIES)
def test_the_order_of_damages_does_not_matter(
    found: list[RepairDamage], random: Random, chosen: Scheme, made: DeductionPolicy
) -> None:
    mixed = list(found)
    random.shuffle(mixed)
    assert valued(mixed, chosen, made, CAR) == valued(found, chosen, made, CAR)


@settings(max_examples=40, deadline=None)
@given(several(), some_damage("x"), st.sampled_from(CarPart), SCHEMES)
def test_an_unknown_part_gives_an_interval_that_holds_the_grade_of_each_part(
    found: list[RepairDamage], damage: RepairDamage, part: CarPart, chosen: Scheme
) -> None:
    if not set(items_of(damage.type, part)) <= set(items_of(damage.type, None)):
        return  # a dent does not lie on glass
    known, unknown = (valued([*found, replace(damage, part=where)], chosen, policy(), CAR) for where in (part, None))
    assert places(unknown)[0] <= places(known)[0]
    assert places(known)[2] <= places(unknown)[2]


@settings(max_examples=40, deadline=None)
@given(several(), some_damage("x"), st.sampled_from(Severity), SCHEMES)
def test_an_unknown_severity_gives_an_interval_that_holds_the_grade_of_each(
    found: list[RepairDamage], damage: RepairDamage, level: Severity, chosen: Scheme
) -> None:
    unsized = replace(damage, size_mm=None)
    known, unknown = (
        valued([*found, replace(unsized, severity=levels)], chosen, policy(), CAR) for levels in ((level,), ())
    )
    assert places(unknown)[0] <= places(known)[0]
    assert places(known)[2] <= places(unknown)[2]


@settings(max_examples=30, deadline=None)
@given(several(least=1), SCHEMES)
def test_every_damage_that_counts_has_a_rule(found: list[RepairDamage], chosen: Scheme) -> None:
    made = valued(found, chosen, policy(), CAR)
    for reading in Reading:
        for rating in made.grading.read[reading].ratings:
            assert rating.rule in chosen.rules
            assert rating.level == rating.rule.level
        names = [rating.damage.name for rating in made.grading.read[reading].ratings]
        assert len(names) == len(set(names))


def test_no_damage_that_is_proven_gives_the_best_grade_and_takes_off_nothing() -> None:
    for name in GRADED:
        made = value([], scheme=scheme(name))
        assert places(made) == [0, 0, 0]
        assert not any(made.sums)
        assert not made.open


def test_a_damage_without_market_value_leaves_terms_open() -> None:
    found = [RepairDamage(name="d", type=DamageType.DENT, part=CarPart.BONNET)]
    made = value(found, vehicle=Vehicle())
    assert {one.what for one in made.open} == {"grade step", "diminished value by ruhkopf_sahm"}
    assert [line.kind for line in made.lines] == [LineKind.RECONDITIONING]
    assert made.is_least


def test_damage_on_a_car_that_was_not_seen_whole_is_the_least_that_is_taken_off() -> None:
    found = [RepairDamage(name="d", type=DamageType.DENT, part=CarPart.BONNET, confidence=D(1))]
    assert value(found, case=CarCase(damages=tuple(found))).is_least
    assert not value(found, case=CarCase(damages=tuple(found), coverage=SEEN)).is_least
