"""What changed between two inspections: told only where it is shown, and the same whatever the order of photos."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.assessment import Assessment, Damage
from coachwork.assessments.verdict import Verdict
from coachwork.geometry.box import Box
from coachwork.inspections.changes import Changes, State, compare_inspections
from coachwork.inspections.changes_json import changes_to_json
from coachwork.inspections.counterparts import Basis, Shared
from coachwork.inspections.coverage import SeenPart
from coachwork.inspections.inspection import InspectedPhoto, Inspection, inspect_car
from coachwork.inspections.vehicle import Vehicle
from coachwork.taxonomy import CarPart
from tests.assessments.test_views import ALSO_HERE, DOOR, HERE, SCRATCH, WING, damage, moved, photo, shifted

DOOR_BOX = Box(x_min=20, y_min=20, x_max=380, y_max=280)
SHOWN = SeenPart(part=DOOR, share=0.8, box=DOOR_BOX)
LARGER = (90, 90, 150, 150)


def usable(*damages: Damage, digest: str = "a") -> Assessment:
    one = photo(*damages)
    return replace(
        one,
        sha256=digest * 64,
        quality=replace(one.quality, usable=True, reasons=()),
        verdict=Verdict.DAMAGED if damages else Verdict.UNCERTAIN,
    )


def car(*photos: Sequence[Damage], parts: Sequence[SeenPart] = (), digest: str = "a") -> Inspection:
    cases = [
        InspectedPhoto(assessment=usable(*found, digest=digest + str(place)), parts=tuple(parts))
        for place, found in enumerate(photos)
    ]
    return inspect_car(cases, {}, known_parts=(DOOR, WING) if parts else ())


def told(before: Inspection, after: Inspection, shared: Shared | None = None) -> Changes:
    return compare_inspections(before, after, {(0, 0): shifted()} if shared is None else shared)


def states(changes: Changes) -> list[State]:
    return [one.state for one in changes.changes]


def test_nothing_changes_where_nothing_is() -> None:
    assert told(car(), car(), {}).changes == ()
    assert told(car([]), car([]), {}).changes == ()


def test_the_same_place_on_shared_points_is_unchanged_with_its_evidence() -> None:
    changes = told(car([damage(HERE)]), car([damage(moved(HERE))], digest="b"))
    (one,) = changes.changes
    assert (one.state, one.before, one.after) == (State.UNCHANGED, (0,), (0,))
    assert one.growth == pytest.approx(1, abs=0.1)
    assert one.evidence[0].basis is Basis.IMAGE
    assert changes.warnings == ()


def test_a_larger_area_on_shared_points_is_grown() -> None:
    later = [damage(moved(LARGER))]
    twice = {(0, 0): shifted(), (0, 1): shifted()}
    (one,) = told(car([damage(HERE)]), car(later, later), twice).changes
    assert one.state is State.GROWN
    assert one.growth == pytest.approx(2.25, rel=0.1)
    (one,) = told(car([damage(HERE)]), car(later)).changes
    assert one.state is State.UNCERTAIN
    assert "one pair of photos alone says so" in one.why


def test_a_little_larger_is_neither_grown_nor_unchanged() -> None:
    assert states(told(car([damage(HERE)]), car([damage(moved((97, 97, 146, 146)))]))) == [State.UNCERTAIN]


def test_much_smaller_is_no_growth_but_told() -> None:
    (one,) = told(car([damage(LARGER)]), car([damage(moved((110, 110, 130, 130)))])).changes
    assert one.state is State.UNCERTAIN
    assert "repaired in part" in one.why


def test_what_is_cut_off_by_the_edge_is_not_measured() -> None:
    cut, whole = damage((0, 100, 40, 140)), damage((60, 90, 110, 150))
    (one,) = told(car([cut]), car([whole])).changes
    assert one.state is State.UNCERTAIN
    assert one.growth is None


def test_new_is_said_where_the_place_was_seen_before() -> None:
    (one,) = told(car([]), car([damage(moved(HERE))])).changes
    assert (one.state, one.before, one.after) == (State.NEW, (), (0,))
    assert one.sighting is not None
    assert one.sighting.place is not None
    assert one.sighting.place.x_min == pytest.approx(HERE[0], abs=1)


def test_gone_is_said_where_the_place_is_seen_now() -> None:
    assert states(told(car([damage(HERE)]), car([]))) == [State.GONE]


@pytest.mark.parametrize("shared", [{}, {(0, 0): shifted(300)}])
def test_what_was_not_seen_is_not_compared(shared: Shared) -> None:
    assert states(told(car([damage(ALSO_HERE)]), car([]), shared)) == [State.NOT_COMPARABLE]
    assert states(told(car([]), car([damage((5, 100, 45, 140))]), shared)) == [State.NOT_COMPARABLE]


def test_an_unusable_photo_shows_nothing() -> None:
    blurred = inspect_car([InspectedPhoto(assessment=photo())], {})
    assert states(told(car([damage(HERE)]), blurred)) == [State.NOT_COMPARABLE]


def test_a_part_that_was_seen_well_is_enough() -> None:
    after = car([damage(HERE, part=DOOR)], parts=[SHOWN])
    (one,) = told(car([], parts=[SHOWN]), after, {}).changes
    assert one.state is State.NEW
    assert DOOR.words in one.why
    poorly = replace(SHOWN, share=0.01)
    assert states(told(car([], parts=[poorly]), after, {})) == [State.NOT_COMPARABLE]


def test_a_damage_of_an_unknown_part_may_be_the_one_that_is_missed_on_a_part() -> None:
    before = car([damage(ALSO_HERE)], parts=[SHOWN])
    found = told(before, car([damage(HERE, part=DOOR)], parts=[SHOWN]), {})
    assert states(found) == [State.UNCERTAIN, State.NOT_COMPARABLE]


def test_a_place_on_another_part_is_no_sighting() -> None:
    wing = SeenPart(part=WING, share=0.8, box=DOOR_BOX)
    assert states(told(car([damage(HERE, part=DOOR)]), car([], parts=[wing]))) == [State.NOT_COMPARABLE]


def test_without_shared_points_the_place_on_the_part_tells() -> None:
    before, after = (car([damage(HERE, part=DOOR)], parts=[SHOWN]) for _ in range(2))
    (one,) = told(before, after, {}).changes
    assert (one.state, one.evidence[0].basis) == (State.UNCHANGED, Basis.PLACE)
    elsewhere = car([damage((300, 220, 340, 260), part=DOOR)], parts=[SHOWN])
    assert sorted(states(told(before, elsewhere, {}))) == sorted([State.NEW, State.GONE])
    near = car([damage((160, 110, 200, 150), part=DOOR)], parts=[SHOWN])
    assert states(told(before, near, {})) == [State.UNCERTAIN, State.UNCERTAIN]


def test_one_part_alone_is_a_doubt() -> None:
    seen = replace(SHOWN, box=None)
    before, after = (car([damage(HERE, part=DOOR)], parts=[seen]) for _ in range(2))
    changes = told(before, after, {})
    assert states(changes) == [State.UNCERTAIN, State.UNCERTAIN]
    assert "nothing tells whether it is the same" in changes.changes[0].why


def test_another_type_at_the_same_place_is_a_doubt() -> None:
    changes = told(car([damage(HERE)]), car([damage(moved(HERE), SCRATCH)]))
    assert states(changes) == [State.UNCERTAIN, State.UNCERTAIN]
    assert "one damage under two names" in changes.changes[0].why


def test_another_car_and_the_wrong_order_are_warned_of() -> None:
    golf = Vehicle(make="VW", model="Golf", plate="B-CW 1", vin="WVWZZZ1KZAW000001", mileage_km=Decimal(100))
    polo = replace(golf, model="Polo", plate="B CW 2", mileage_km=Decimal(90))
    before, after = (replace(car([damage(HERE)], digest=d), vehicle=v) for d, v in (("a", golf), ("b", polo)))
    model, plate, mileage = told(before, after).warnings
    assert "the model is Golf before and Polo after" in model
    assert "the plate is B-CW 1 before and B CW 2 after" in plate
    assert "The mileage falls from 100 to 90 km" in mileage
    assert told(before, replace(after, vehicle=replace(golf, make="vw", plate="b-cw1"))).warnings == ()
    assert "could be laid" in told(before, replace(after, vehicle=None), {}).warnings[0]


def test_the_same_photo_in_both_is_warned_of() -> None:
    one = car([damage(HERE)])
    assert "in both inspections" in told(one, one).warnings[0]


BOXES = st.sampled_from([HERE, ALSO_HERE, LARGER, (60, 200, 100, 240), (250, 180, 330, 220)])
DAMAGES = st.builds(damage, BOXES, st.sampled_from([SCRATCH, damage(HERE).type]), st.sampled_from([None, DOOR, WING]))
PHOTOS = st.lists(st.lists(DAMAGES, max_size=3), max_size=3)


def summary(changes: Changes) -> list[tuple[State, tuple[Box, ...], tuple[Box, ...]]]:
    def boxes(inspection: Inspection, places: Sequence[int]) -> tuple[Box, ...]:
        seen = [one.box for place in places for one in inspection.damages[place].seen(inspection.assessments)]
        return tuple(sorted(seen, key=lambda box: box.xyxy))

    rows = [(one.state, boxes(changes.before, one.before), boxes(changes.after, one.after)) for one in changes.changes]
    return sorted(rows, key=lambda row: (row[0].value, [b.xyxy for b in row[1]], [b.xyxy for b in row[2]]))


@given(before=PHOTOS, after=PHOTOS, seed=st.integers(0, 99), shown=st.booleans())
def test_every_damage_is_told_once_and_the_order_of_photos_decides_nothing(
    before: list[list[Damage]], after: list[list[Damage]], seed: int, *, shown: bool
) -> None:
    parts = (SHOWN, replace(SHOWN, part=CarPart.FRONT_LEFT_WING)) if shown else ()
    cases = [
        [
            InspectedPhoto(assessment=usable(*found, digest=name + str(place)), parts=parts)
            for place, found in enumerate(photos)
        ]
        for name, photos in (("a", before), ("b", after))
    ]
    orders = [list(range(len(photos))) for photos in cases]
    results = []
    for _ in range(2):
        shuffled = [[photos[place] for place in order] for photos, order in zip(cases, orders, strict=True)]
        sides = [inspect_car(photos, {}, known_parts=(DOOR, WING) if shown else ()) for photos in shuffled]
        shared = {(one, other): shifted(0) for one in range(len(before)) for other in range(len(after))}
        changes = compare_inspections(sides[0], sides[1], shared)
        for places, side in (("before", sides[0]), ("after", sides[1])):
            numbers = [number for one in changes.changes for number in getattr(one, places)]
            assert sorted(numbers) == list(range(len(side.damages)))
        assert json.loads(json.dumps(changes_to_json(changes)))["schema"] == "coachwork.changes/1"
        results.append(summary(changes))
        for order in orders:
            Random(seed).shuffle(order)
    assert results[0] == results[1]


@given(photos=PHOTOS)
def test_an_inspection_compared_with_itself_has_nothing_new_grown_or_gone(photos: list[list[Damage]]) -> None:
    one = car(*photos)
    shared = {(first, second): shifted(0) for first in range(len(photos)) for second in range(len(photos))}
    assert not {State.NEW, State.GONE, State.GROWN} & set(states(compare_inspections(one, one, shared)))
