"""What is stated of the tests' power holds: at the stated number of photos a shift is seen as often as stated."""

from dataclasses import replace

import numpy as np
import pytest

from coachwork.monitoring.checking import findings
from coachwork.monitoring.drift import Level
from coachwork.monitoring.power import power_table
from coachwork.monitoring.thresholds import Thresholds, read_thresholds
from tests.monitoring.records import profile, records


@pytest.fixture(scope="module")
def stated() -> dict[tuple[str, str], int | None]:
    few = replace(read_thresholds(), windows=(100,))
    return {(one.signal, one.shift): one.photos for one in power_table(profile(450), few, draws=40)}


def test_larger_shifts_take_fewer_photos(stated: dict[tuple[str, str], int | None]) -> None:
    counts = [stated["brightness", f"{part} darker"] for part in ("10%", "20%", "30%", "50%")]
    known = [3001 if one is None else one for one in counts]
    assert known == sorted(known, reverse=True)
    assert known[-1] <= 30


def test_a_shift_is_seen_at_the_stated_number_of_photos(stated: dict[tuple[str, str], int | None]) -> None:
    photos = stated["brightness", "20% darker"]
    assert photos is not None
    limits = replace(read_thresholds(), windows=(100,), least=10)
    told = 0
    for seed in range(20):
        now = records(photos, seed=seed)
        darker = [
            replace(one, measures={**one.measures, "brightness": one.measures["brightness"] * 0.8}) for one in now
        ]
        report = findings(profile(450, seed=seed + 500), darker, limits)
        told += next(one.level for one in report.slices[0].signals if one.signal == "brightness") is not Level.OK
    assert told >= 12  # 16 of 20 are stated


def test_shifts_below_the_threshold_are_called_too_small() -> None:
    strict = replace(read_thresholds(), windows=(100,), moved=replace(Thresholds().moved, drift=0.9, beyond=0.95))
    found = {one.shift: one for one in power_table(profile(200), strict, draws=20)}
    assert (found["20% darker"].photos, found["20% darker"].too_small) == (None, True)


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    few = replace(read_thresholds(), windows=(100,))
    found = power_table(profile(100), few, draws=2, seen=lambda done, whole: seen.append((done, whole)))
    assert [done for done, _ in seen] == list(range(1, len(found) + 1))
    assert np.unique([whole for _, whole in seen]).tolist() == [len(found)]
