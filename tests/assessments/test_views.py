from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.assessment import AssessingModel, Assessment, Damage, DamagedPart
from coachwork.assessments.verdict import Verdict
from coachwork.assessments.views import CarDamage, Correspondences, Tie, View, merge_views
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.correspondence import Correspondence
from coachwork.photos.quality import measure_quality
from coachwork.taxonomy import CarPart, DamageType

FRAME = Size(height=300, width=400)
DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
DOOR, WING = CarPart.FRONT_LEFT_DOOR, CarPart.FRONT_LEFT_WING
QUALITY = measure_quality(np.full((300, 400, 3), 128, dtype=np.uint8), FRAME)
SHIFT = 60
HERE, ALSO_HERE = (100, 100, 140, 140), (220, 100, 260, 140)


def damage(
    box: tuple[int, int, int, int],
    kind: DamageType = DENT,
    part: CarPart | None = None,
    *,
    score: float = 0.5,
    masked: bool = True,
) -> Damage:
    x_min, y_min, x_max, y_max = box
    crop = np.ones((y_max - y_min, x_max - x_min), dtype=np.bool_)
    return Damage(
        type=kind,
        score=score,
        box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max),
        mask=Mask(crop=crop, x=x_min, y=y_min, frame=FRAME) if masked else None,
        part=DamagedPart(part=part, share=0.9 if part else 0.0, area_px=20000 if part else None),
    )


def photo(*damages: Damage) -> Assessment:
    return Assessment(
        file="photo.jpg",
        sha256="0" * 64,
        size=FRAME,
        quality=QUALITY,
        verdict=Verdict.DAMAGED,
        damage_probability=0.9,
        damages=damages,
        model=AssessingModel(name="made", digest="0" * 64, thresholds={DENT: 0.1}),
    )


def moved(box: tuple[int, int, int, int], by: int = SHIFT) -> tuple[int, int, int, int]:
    return box[0] + by, box[1], box[2] + by, box[3]


def shifted(by: int = SHIFT) -> Correspondence:
    """Points all over both photos; the second camera stood to the left."""
    grid = np.stack(np.meshgrid(np.arange(5, 395, 15), np.arange(5, 295, 15)), axis=-1).reshape(-1, 2)
    first = grid.astype(np.float32)
    return Correspondence(first=first, second=first + np.array([by, 0], dtype=np.float32), sizes=(FRAME, FRAME))


def views(damages: Sequence[CarDamage]) -> list[set[tuple[int, int]]]:
    return sorted(({(v.photo, v.damage) for v in one.views} for one in damages), key=sorted)


def test_no_photos_and_no_damages() -> None:
    assert merge_views([], {}) == ()
    assert merge_views([photo(), photo()], {(0, 1): shifted()}) == ()


def test_overlapping_on_one_photo_is_one_damage_with_its_evidence() -> None:
    photos = [photo(damage(HERE, score=0.4)), photo(damage(moved(HERE), part=DOOR, score=0.8))]
    (merged,) = merge_views(photos, {(0, 1): shifted()})
    assert merged.views == (View(photo=1, damage=0), View(photo=0, damage=0))
    assert merged.part is DOOR
    assert {tie.tie for tie in merged.evidence} == {Tie.IMAGE}
    assert min(tie.overlap or 0 for tie in merged.evidence) > 0.9
    assert min(tie.points or 0 for tie in merged.evidence) >= 10
    assert [one.score for one in merged.seen(photos)] == [0.8, 0.4]


def test_boxes_are_enough() -> None:
    photos = [photo(damage(HERE, masked=False)), photo(damage(moved(HERE), masked=False))]
    assert len(merge_views(photos, {(0, 1): shifted()})) == 1


def test_elsewhere_on_the_other_photo_is_another_damage_even_on_the_same_part() -> None:
    photos = [photo(damage(HERE, part=DOOR)), photo(damage(moved(ALSO_HERE), part=DOOR))]
    assert len(merge_views(photos, {(0, 1): shifted()})) == 2
    assert len(merge_views(photos, {})) == 1


def test_other_types_and_other_parts_are_other_damages() -> None:
    assert len(merge_views([photo(damage(HERE)), photo(damage(moved(HERE), SCRATCH))], {(0, 1): shifted()})) == 2
    parts = [photo(damage(HERE, part=DOOR)), photo(damage(moved(HERE), part=WING))]
    assert len(merge_views(parts, {(0, 1): shifted()})) == 2
    assert len(merge_views(parts, {})) == 2


def test_without_points_damages_of_unknown_parts_stay_apart() -> None:
    assert len(merge_views([photo(damage(HERE)), photo(damage(HERE))], {})) == 2


def test_without_points_a_part_has_as_many_damages_as_one_photo_shows() -> None:
    large, small = (20, 20, 120, 120), (200, 20, 230, 50)
    photos = [photo(damage(large, part=DOOR), damage(small, part=DOOR)), photo(damage(moved(large), part=DOOR))]
    merged = merge_views(photos, {})
    assert views(merged) == [{(0, 0), (1, 0)}, {(0, 1)}]
    assert [tie.tie for one in merged for tie in one.evidence] == [Tie.PART]


def test_pieces_inside_a_whole_are_one() -> None:
    whole, left, right = (100, 100, 200, 140), (160, 100, 200, 140), (215, 100, 260, 140)
    merged = merge_views([photo(damage(whole)), photo(damage(left), damage(right))], {(0, 1): shifted()})
    assert views(merged) == [{(0, 0), (1, 0), (1, 1)}]


def test_three_photos_in_a_chain_are_one() -> None:
    photos = [photo(damage(HERE)), photo(damage(moved(HERE))), photo(damage(moved(HERE, 2 * SHIFT)))]
    (merged,) = merge_views(photos, {(0, 1): shifted(), (1, 2): shifted()})
    assert len(merged.views) == 3


boxes = st.tuples(st.integers(0, 300), st.integers(0, 200), st.integers(20, 90), st.integers(20, 90)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
made_damages = st.builds(
    damage, boxes, st.sampled_from([DENT, SCRATCH]), st.sampled_from([None, DOOR, WING]), score=st.floats(0.1, 0.9)
)


@given(
    st.lists(st.lists(made_damages, max_size=4), max_size=4), st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)))
)
def test_every_view_belongs_to_one_damage_and_more_is_never_made_of_less(
    photos: list[list[Damage]], matched: set[tuple[int, int]]
) -> None:
    assessments = [
        replace(photo(), damages=tuple(damages), sha256=f"{place:064x}") for place, damages in enumerate(photos)
    ]
    shared: Correspondences = {(i, j): shifted() for i, j in matched if i < j < len(photos)}
    merged = merge_views(assessments, shared)
    seen = [view for one in merged for view in one.views]
    assert sorted(seen) == [View(photo=p, damage=d) for p, found in enumerate(photos) for d in range(len(found))]
    for one in merged:
        kinds = {found.type for found in one.seen(assessments)}
        parts = {found.part.part for found in one.seen(assessments) if found.part and found.part.part}
        assert kinds == {one.type}
        assert parts <= {one.part}
        assert all({tie.first, tie.second} <= set(one.views) for tie in one.evidence)
        assert len(one.evidence) >= len(one.views) - 1


@given(st.lists(st.lists(made_damages, max_size=4), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_photos_decides_nothing(photos: list[list[Damage]], chance: Random) -> None:
    assessments = [
        replace(photo(), damages=tuple(damages), sha256=f"{place:064x}") for place, damages in enumerate(photos)
    ]
    order = list(range(len(photos)))
    chance.shuffle(order)
    turned = merge_views([assessments[place] for place in order], {})
    expected = views(merge_views(assessments, {}))
    assert expected == sorted(({(order[v.photo], v.damage) for v in one.views} for one in turned), key=sorted)


def seen_from(*places: int) -> Correspondences:
    """Points of photos whose cameras stood so many pixels to the left."""
    pairs = [(one, other) for one in range(len(places)) for other in range(one + 1, len(places))]
    return {(one, other): shifted(places[other] - places[one]) for one, other in pairs}


@given(st.lists(st.lists(made_damages, max_size=3), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_photos_that_share_points_decides_nothing(photos: list[list[Damage]], chance: Random) -> None:
    assessments = [
        replace(photo(), damages=tuple(damages), sha256=f"{place:064x}") for place, damages in enumerate(photos)
    ]
    order = list(range(len(photos)))
    chance.shuffle(order)
    shared = seen_from(*[0, 40, 40, 80][: len(photos)])
    expected = views(merge_views(assessments, shared))
    pairs = ((i, j, order[i], order[j]) for j in range(len(order)) for i in range(j))
    same = {(i, j): shared[one, other] if one < other else shared[other, one].turned for i, j, one, other in pairs}
    turned = merge_views([assessments[place] for place in order], same)
    assert expected == sorted(({(order[v.photo], v.damage) for v in one.views} for one in turned), key=sorted)


apart_boxes = st.lists(
    st.sampled_from([(x, y, x + 50, y + 40) for x in (20, 120, 220, 320) for y in (30, 130, 230)]), unique=True
)
kinds = st.sampled_from([DENT, SCRATCH])


@given(apart_boxes, st.lists(kinds, min_size=12, max_size=12), st.sampled_from([None, DOOR]))
def test_a_photo_that_is_given_again_adds_views_and_no_damages(
    found: list[tuple[int, int, int, int]], types: list[DamageType], part: CarPart | None
) -> None:
    one = photo(*(damage(box, kind, part) for box, kind in zip(found, types, strict=False)))
    for copies in (2, 3):
        merged = merge_views([one] * copies, seen_from(*[0] * copies))
        assert views(merged) == [{(copy, number) for copy in range(copies)} for number in range(len(found))]


def test_a_thin_scratch_is_known_again_though_it_is_laid_a_little_off() -> None:
    thin, off = (100, 100, 180, 103), (164, 106, 244, 109)
    (one,) = merge_views([photo(damage(thin, SCRATCH)), photo(damage(off, SCRATCH))], {(0, 1): shifted()})
    assert len(one.views) == 2


def test_one_side_alone_may_be_laid_wrong() -> None:
    """Points around the second say that the first lies elsewhere; those around the first know better."""
    right = shifted()
    wall = np.abs(right.second[:, 0] - 330) < 70
    second = np.where(wall[:, None], right.second + np.array([0, 90], dtype=np.float32), right.second)
    wrong = Correspondence(first=right.first, second=second.astype(np.float32), sizes=right.sizes)
    photos = [photo(damage(HERE)), photo(damage(moved(HERE)))]
    assert len(merge_views(photos, {(0, 1): wrong})) == 1
