"""Which photos a run learns from."""

from dataclasses import replace
from pathlib import Path

import pytest

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.sample import Split
from coachwork.geometry.size import Size
from coachwork.training.starting import entries_of, shared
from tests.training.painted import dented, write_painted


@pytest.mark.parametrize("smaller", [0.25, 0.5, 0.75])
def test_a_smaller_share_lies_in_a_larger_one(tmp_path: Path, smaller: float) -> None:
    photos = [dented(number, Size(height=96, width=128)) for number in range(20)]
    entries = entries_of([read_dataset(write_painted(tmp_path, photos, learnt=20))], Split.TRAIN)
    some, more = ({entry[1].sha256 for entry in shared(entries, share)} for share in (smaller, smaller + 0.2))
    assert len(some) == 20 * smaller
    assert some < more
    assert shared(entries, 1.0) == entries
    assert shared([], 0.5) == []


def test_photos_of_one_car_stay_together(tmp_path: Path) -> None:
    photos = [dented(number, Size(height=96, width=128)) for number in range(12)]
    entries = entries_of([read_dataset(write_painted(tmp_path, photos, learnt=12))], Split.TRAIN)
    cars = [(folder, replace(sample, cluster=str(turn // 4))) for turn, (folder, sample) in enumerate(entries)]
    chosen = shared(cars, 0.3)
    assert len(chosen) == 4
    assert len({sample.cluster for _, sample in chosen}) == 1
