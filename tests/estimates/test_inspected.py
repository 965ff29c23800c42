"""From the photos of a car to its estimate: in whatever order the photos came, it costs the same."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.assessments.assessment import Damage
from coachwork.assessments.severity import DamageSeverity
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.inspected import repair_damages
from coachwork.estimates.readings import Reading
from coachwork.inspections.inspection import InspectedPhoto, inspect_car
from coachwork.taxonomy import CarPart, DamageType, Severity
from tests.assessments.test_views import boxes, damage, photo
from tests.estimates.cards import sample_card

LEVELS = st.sampled_from([None, *((level,) for level in Severity), (Severity.MINOR, Severity.MODERATE)])


@st.composite
def seen_damages(draw: st.DrawFn) -> Damage:
    levels = draw(LEVELS)
    return replace(
        damage(
            draw(boxes),
            draw(st.sampled_from([DamageType.DENT, DamageType.SCRATCH])),
            draw(st.sampled_from([None, CarPart.FRONT_LEFT_DOOR, CarPart.FRONT_LEFT_WING, CarPart.FRONT_BUMPER])),
            score=draw(st.floats(0.1, 0.9)),
        ),
        severity=None if levels is None else DamageSeverity(levels=levels),
        probability=draw(st.none() | st.floats(0.1, 1.0)),
    )


def costs(photos: list[InspectedPhoto]) -> list[Decimal]:
    estimate = make_estimate(repair_damages(inspect_car(photos, {})), sample_card())
    return [estimate.plans[reading].total for reading in Reading]


def test_no_photo_costs_nothing() -> None:
    assert costs([]) == [0, 0, 0]


@settings(max_examples=60)
@given(st.lists(st.lists(seen_damages(), max_size=3), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_photos_does_not_matter_to_what_the_repair_costs(
    found: list[list[Damage]], chance: Random
) -> None:
    photos = [
        InspectedPhoto(assessment=replace(photo(), damages=tuple(damages), sha256=f"{place:064x}"))
        for place, damages in enumerate(found)
    ]
    mixed = list(photos)
    chance.shuffle(mixed)
    assert costs(mixed) == costs(photos)


def test_of_two_views_of_one_size_and_score_the_worse_one_counts_whichever_came_first() -> None:
    views = [
        replace(
            damage((10, 10, 60, 60), DamageType.DENT, CarPart.FRONT_LEFT_DOOR, score=0.5),
            severity=DamageSeverity(levels=(level,)),
            probability=0.9,
        )
        for level in (Severity.MINOR, Severity.SEVERE)
    ]
    photos = [
        InspectedPhoto(assessment=replace(photo(), damages=(view,), sha256=f"{place:064x}"))
        for place, view in enumerate(views)
    ]
    (one,) = repair_damages(inspect_car(photos, {}))
    assert one.severity == (Severity.SEVERE,)
    assert costs(photos) == costs(photos[::-1])


def test_what_photos_tell_of_a_damage_is_what_is_priced() -> None:
    told = replace(
        damage((10, 10, 60, 60), DamageType.DENT, CarPart.FRONT_LEFT_DOOR),
        severity=DamageSeverity(levels=(Severity.MINOR, Severity.MODERATE)),
        probability=0.87654,
    )
    (one,) = repair_damages(inspect_car([InspectedPhoto(assessment=photo(told))], {}))
    assert (one.name, one.type, one.part) == ("damage 1", DamageType.DENT, CarPart.FRONT_LEFT_DOOR)
    assert one.severity == (Severity.MINOR, Severity.MODERATE)
    assert one.confidence == Decimal("0.8765")
    assert one.size_mm is None  # nothing measured it
