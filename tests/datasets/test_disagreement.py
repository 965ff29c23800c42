import numpy as np

from coachwork.datasets.disagreement import disagreements
from coachwork.datasets.sample import DamageShape
from coachwork.datasets.suspicions import SuspicionKind
from coachwork.detections import Detections
from coachwork.taxonomy import DamageType, Kind
from tests.datasets.made_samples import FRAME, box_shape, sample

TYPES = (DamageType.DENT, DamageType.SCRATCH)
THRESHOLDS: dict[Kind, float] = dict.fromkeys(TYPES, 0.5)


def found(*rows: tuple[float, float, float, float, int, float]) -> Detections:
    """Detections from x_min, y_min, x_max, y_max, label, score; best first."""
    table = np.array(sorted(rows, key=lambda row: -row[5]), dtype=np.float64).reshape(-1, 6)
    return Detections(
        boxes=table[:, :4].astype(np.float32),
        labels=table[:, 4].astype(np.int64),
        scores=table[:, 5].astype(np.float32),
        masks=None,
        size=FRAME,
        types=TYPES,
    )


def told(
    detections: Detections, *shapes: DamageShape, annotated: frozenset[DamageType] = frozenset(TYPES)
) -> list[str]:
    return [one.kind.value for one in disagreements(sample(*shapes, annotated=annotated), detections, THRESHOLDS)]


def test_nothing_marked_and_nothing_found_is_agreement() -> None:
    assert told(found()) == []


def test_a_damage_found_at_its_mark_is_agreement() -> None:
    assert told(found((10, 10, 60, 60, 0, 0.9)), box_shape(10, 10, 60, 60)) == []
    assert told(found((10, 10, 60, 60, 0, 0.02)), box_shape(10, 10, 60, 60)) == []


def test_a_mark_without_any_score() -> None:
    assert told(found((200, 200, 250, 250, 0, 0.1)), box_shape(10, 10, 60, 60)) == [SuspicionKind.NO_SCORE]


def test_a_confident_detection_where_nothing_is_marked() -> None:
    assert told(found((10, 10, 60, 60, 0, 0.9))) == [SuspicionKind.UNMARKED]
    assert told(found((10, 10, 60, 60, 0, 0.4))) == []


def test_of_several_detections_at_one_place_one_is_told() -> None:
    assert told(found((10, 10, 60, 60, 0, 0.9), (12, 10, 60, 60, 0, 0.8))) == [SuspicionKind.UNMARKED]


def test_what_the_photo_does_not_annotate_is_not_held_against_it() -> None:
    assert told(found((10, 10, 60, 60, 0, 0.9)), annotated=frozenset({DamageType.SCRATCH})) == []


def test_a_part_of_a_large_mark_is_no_new_damage() -> None:
    large = box_shape(0, 0, 300, 250)
    assert told(found((10, 10, 30, 30, 0, 0.9)), large) == []


def test_another_type_at_the_mark() -> None:
    detections = found((10, 10, 60, 60, 1, 0.8), (10, 10, 60, 60, 0, 0.1))
    (one,) = disagreements(sample(box_shape(10, 10, 60, 60)), detections, THRESHOLDS)
    assert one.kind is SuspicionKind.OTHER_TYPE
    assert one.found is not None
    assert one.found.type is DamageType.SCRATCH
    assert "marked dent (0.10), found scratch (0.80)" in one.what
    assert one.as_json()["found"]["score"] == 0.8


def test_types_that_the_model_cannot_see_crowds_and_unstated_types_are_passed_over() -> None:
    shapes = [
        box_shape(10, 10, 60, 60, kind=DamageType.RUST),
        box_shape(100, 10, 160, 60, crowd=True),
        box_shape(200, 10, 260, 60, kind=None),
    ]
    assert told(found(), *shapes) == []
