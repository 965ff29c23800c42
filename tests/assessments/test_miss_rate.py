import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.miss_rate import DamagedGroup, MissRateError, clusters_needed, promised_bound

PROBABILITIES = st.lists(
    st.tuples(st.integers(0, 100).map(lambda n: n / 100), st.integers(0, 40).map(str)), min_size=1, max_size=80
)
RATES = st.integers(1, 25).map(lambda n: n / 100)


def group(rows: list[tuple[float, str]], name: str = "photos") -> DamagedGroup:
    return DamagedGroup.of(name, [row[0] for row in rows], [row[1] for row in rows])


def risk(rows: list[tuple[float, str]], bound: float) -> float:
    """The left side of the rule, written down as it stands in the paper."""
    cars = {car for _, car in rows}
    losses = [np.mean([p < bound for p, one in rows if one == car]) for car in cars]
    return float((sum(losses) + 1) / (len(cars) + 1))


@given(rows=PROBABILITIES, rate=RATES)
def test_the_bound_is_the_largest_that_keeps_the_rate(rows: list[tuple[float, str]], rate: float) -> None:
    made = group(rows)
    if not made.supports(rate):
        assert risk(rows, 0.0) > rate
        assert made.bound(rate) == min(p for p, _ in rows)
        return
    bound = made.bound(rate)
    assert risk(rows, bound) <= rate + 1e-9
    above = [p for p, _ in rows if p > bound]
    if above:
        assert risk(rows, min(above)) > rate - 1e-9


@given(rows=PROBABILITIES, first=RATES, second=RATES)
def test_a_stricter_rate_never_raises_the_bound(rows: list[tuple[float, str]], first: float, second: float) -> None:
    made = group(rows)
    assert made.bound(min(first, second)) <= made.bound(max(first, second))


def test_new_cars_are_missed_no_more_often_than_stated() -> None:
    rng = np.random.default_rng(0)
    missed = []
    for _ in range(400):
        sizes = rng.integers(1, 6, 61)
        level = rng.normal(0, 1, 61)
        cars = [1 / (1 + np.exp(-(level[i] + rng.normal(0, 0.5, sizes[i])))) for i in range(61)]
        rows = [(float(p), str(i)) for i, car in enumerate(cars[:60]) for p in car]
        missed.append(float(np.mean(cars[60] < group(rows).bound(0.1))))
    assert 0.06 < np.mean(missed) < 0.13


def test_a_rate_that_the_photos_cannot_support_is_refused_with_the_number_needed() -> None:
    few = group([(0.5, str(car)) for car in range(30)], "claims photos")
    assert promised_bound([few], 0.05) == 0.5
    with pytest.raises(MissRateError, match=r"at least 99 cars .* calibrated on 30 \(claims photos\).* 3.23 % or more"):
        promised_bound([few], 0.01)


def test_no_rate_is_advised_that_would_be_refused() -> None:
    few = group([(0.5, "a"), (0.6, "b")])
    with pytest.raises(MissRateError, match=r"calibrated on 2 .*--on DATASET$"):
        promised_bound([few], 0.05)


@pytest.mark.parametrize("rate", [0.0, -0.1, 0.3, 1.0])
def test_a_rate_that_says_nothing_is_refused(rate: float) -> None:
    with pytest.raises(MissRateError, match="up to 25 %"):
        promised_bound([group([(0.5, "a")])], rate)


def test_a_card_without_calibration_pictures_says_how_to_get_them() -> None:
    with pytest.raises(MissRateError, match="coachwork calibrate BUNDLE"):
        promised_bound([], 0.05)


def test_a_kind_with_too_few_cars_holds_the_bound_below_all_it_saw() -> None:
    many = group([(0.4 + car / 1000, str(car)) for car in range(200)], "many")
    few = group([(0.1, str(car)) for car in range(20)], "few")
    assert promised_bound([many, few], 0.01) == 0.1


def test_probabilities_are_rounded_down() -> None:
    assert group([(0.12345678, "a")]).lowest == ((0.1234, 1),)


@given(rate=RATES)
def test_so_many_cars_are_needed_and_no_fewer(rate: float) -> None:
    needed = clusters_needed(rate)
    assert 1 / (needed + 1) <= rate + 1e-9
    assert needed == 0 or 1 / needed > rate - 1e-9


@pytest.mark.parametrize("lowest", [(), ((0.2, 1), (0.1, 1)), ((1.2, 1),), ((0.1, 0),)])
def test_a_broken_group_is_refused(lowest: tuple[tuple[float, int], ...]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        DamagedGroup(name="photos", pictures=5, clusters=5, lowest=lowest)
