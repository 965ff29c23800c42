import numpy as np
import pytest

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.models.targets import UNKNOWN
from coachwork.taxonomy import DamageType
from coachwork.training.views import view_damage

TARGET = Size(height=128, width=128)
AS_IT_IS = np.array([[1.0, 0, 0], [0, 1, 0]])
FAR_AWAY = np.array([[1.0, 0, -300], [0, 1, -300]])
KNOWN = frozenset({DamageType.DENT, DamageType.SCRATCH})


def sample(*, damaged: bool, annotated: frozenset[DamageType] = KNOWN) -> Sample:
    shape = DamageShape(type=DamageType.RUST, box=Box(x_min=10, y_min=10, x_max=30, y_max=30))
    return Sample(
        photo="a.jpg",
        sha256="a",
        size=Size(height=400, width=400),
        source="set",
        name="a.jpg",
        split=Split.TRAIN,
        cluster="",
        annotated=annotated,
        shapes=(shape,) if damaged else (),
    )


@pytest.mark.parametrize(
    ("damaged", "matrix", "kept", "expected"),
    [
        (False, AS_IT_IS, 0, 0),
        (True, AS_IT_IS, 1, 1),
        (True, AS_IT_IS, 0, UNKNOWN),
        (True, FAR_AWAY, 0, 0),
    ],
)
def test_what_a_view_says_of_damage(damaged: bool, matrix: np.ndarray, kept: int, expected: int) -> None:  # noqa: FBT001
    assert view_damage(sample(damaged=damaged), matrix, TARGET, kept=kept) == expected


def test_a_clean_view_says_nothing_where_the_source_does_not_mark_every_common_damage() -> None:
    for annotated in (frozenset[DamageType](), frozenset({DamageType.SCRATCH})):
        assert view_damage(sample(damaged=False, annotated=annotated), AS_IT_IS, TARGET, kept=0) == UNKNOWN
