from pathlib import Path

import pytest

from coachwork.monitoring.drift import Level
from coachwork.monitoring.thresholds import (
    OTHER_SIGNALS,
    Shares,
    Thresholds,
    ThresholdsFileError,
    default_thresholds_path,
    read_thresholds,
)


def told(text: str, folder: Path) -> Thresholds:
    file = folder / "thresholds.toml"
    file.write_text(text, encoding="utf-8")
    return read_thresholds(file)


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    assert told("", tmp_path) == Thresholds()


def test_the_shipped_file_says_what_an_empty_one_means() -> None:
    shipped = read_thresholds()
    assert (shipped.alpha, shipped.windows, shipped.moved) == (
        Thresholds().alpha,
        Thresholds().windows,
        Thresholds().moved,
    )
    assert set(shipped.of_signal) <= set(OTHER_SIGNALS)
    assert default_thresholds_path().is_file()


def test_a_signal_has_shares_of_its_own(tmp_path: Path) -> None:
    limits = told("[moved]\ndrift = 0.2\n[moved.glare]\ndrift = 0.01\nbeyond = 0.05\n", tmp_path)
    assert limits.of_signal["glare"] == Shares(drift=0.01, beyond=0.05)
    assert limits.level("glare", p_adjusted=0, alpha=0.01, effect=0.06) is Level.BEYOND
    assert limits.level("contrast", p_adjusted=0, alpha=0.01, effect=0.06) is Level.OK
    assert limits.level("contrast", p_adjusted=0, alpha=0.01, effect=0.2) is Level.DRIFT
    assert limits.level("contrast", p_adjusted=0.02, alpha=0.01, effect=0.9) is Level.OK


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[windows]\nphotos = [100, 50]\n", "line 2: windows.photos must be rising whole numbers"),
        ("[windows]\nphotos = []\n", "must be rising"),
        ("[alarm]\n", "did you mean alarms?"),
        ("[moved.brightnes]\n", "did you mean brightness?"),
        ("[moved]\ndrift = 0.6\n", "moved.drift must lie above 0 and at most at beyond = 0.5"),
        ("[moved]\ndrift = 0\n", "must lie above 0"),
        ("[alarms]\nchecks_a_month = 0\n", "must lie between 1"),
        ("[cases]\ncorrelation = 2\n", "must lie between 0 and 1"),
    ],
)
def test_a_wrong_file_is_told_by_line(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ThresholdsFileError, match=r"thresholds\.toml") as told_error:
        told(text, tmp_path)
    assert why in str(told_error.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ThresholdsFileError, match="cannot be read"):
        read_thresholds(tmp_path / "none.toml")


def test_shares_are_ordered() -> None:
    with pytest.raises(ValueError, match="0 < drift <= beyond"):
        Shares(drift=0.5, beyond=0.1)
