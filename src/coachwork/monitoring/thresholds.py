"""From when on a difference is called drift: a file of thresholds, with defaults that ship in the package."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from coachwork.monitoring.drift import Level
from coachwork.monitoring.photo_record import MEASURES
from coachwork.toml_tables import TomlFileError, TomlTable, read_toml

OTHER_SIGNALS = (
    "verdict",
    "types",
    "embedding",
    "device_mix",
    "market_mix",
    "unreadable",
    "unusable",
    "none_usable",
    "tiny",
    "no_exif",
    "duplicates",
    "strange",
    "override_rate",
    "precision",
)
"""Signals that are no numbers of a photo."""


class ThresholdsFileError(TomlFileError):
    """A file of thresholds for drift is malformed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares of photos that must have moved, 0..1: for drift, and for beyond threshold."""

    drift: float
    beyond: float

    def __post_init__(self) -> None:
        if not 0 < self.drift <= self.beyond <= 1:
            message = f"needs 0 < drift <= beyond <= 1, got {self.drift} and {self.beyond}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """See ``thresholds.toml``, which explains each.

    Attributes:
        false_alarms_a_month: that may be expected.
        checks_a_month: over which they are spread.
        windows: photos of each window, rising.
        least: photos of a slice that is looked at.
        correlation: of two photos of one case where it cannot be told.
        moved: of signals without shares of their own.
        of_signal: signal -> its own shares.
    """

    false_alarms_a_month: float = 0.5
    checks_a_month: int = 60
    windows: tuple[int, ...] = (60, 120, 250, 500, 1000)
    least: int = 40
    correlation: float = 0.5
    moved: Shares = Shares(drift=0.15, beyond=0.5)
    of_signal: Mapping[str, Shares] = field(default_factory=dict)

    @property
    def alpha(self) -> float:
        """Chance of a false alarm that one check may have, over all its windows, slices and signals.

        Its sum over the checks of a month bounds the false alarms to be expected, however the checks overlap.
        """
        return min(self.false_alarms_a_month / self.checks_a_month, 0.5)

    def level(self, signal: str, *, p_adjusted: float, alpha: float, effect: float) -> Level:
        """What a test's outcome means: both the p-value and the share that moved must say so."""
        shares = self.of_signal.get(signal, self.moved)
        if p_adjusted > alpha or effect < shares.drift:
            return Level.OK
        return Level.BEYOND if effect >= shares.beyond else Level.DRIFT


def default_thresholds_path() -> Path:
    """Where the thresholds lie that ship in the package."""
    return Path(__file__).with_name("thresholds.toml")


def read_thresholds(path: Path | None = None) -> Thresholds:
    """Reads a file of thresholds, by default the one that ships; what it leaves out has its default.

    Raises:
        ThresholdsFileError: it cannot be read, or one thing is wrong in it.
        ExceptionGroup: of several ThresholdsFileErrors.
    """
    document, _ = read_toml(default_thresholds_path() if path is None else path, ThresholdsFileError)
    root = document.root
    root.only(("alarms", "windows", "cases", "moved"))
    alarms, windows, cases, moved = (root.table(name) for name in ("alarms", "windows", "cases", "moved"))
    alarms.only(("false_alarms_a_month", "checks_a_month"))
    windows.only(("photos", "least"))
    cases.only(("correlation",))
    signals = (*MEASURES, *OTHER_SIGNALS)
    moved.only(("drift", "beyond", *signals))
    usual = Thresholds()
    shares = _shares(moved, usual.moved)
    found = Thresholds(
        false_alarms_a_month=float(_number(alarms, "false_alarms_a_month", usual.false_alarms_a_month, high=1000)),
        checks_a_month=alarms.whole("checks_a_month", low=1, high=1_000_000, default=usual.checks_a_month),
        windows=_windows(windows, usual.windows),
        least=windows.whole("least", low=10, high=1_000_000, default=usual.least),
        correlation=float(_number(cases, "correlation", usual.correlation, high=1)),
        moved=shares,
        of_signal={name: _shares(table, shares) for name, table in moved.tables(but=("drift", "beyond"))},
    )
    document.finish()
    return found


def _number(table: TomlTable, key: str, default: float, *, high: int) -> Decimal:
    return table.number(key, high=high, default=Decimal(str(default)))


def _shares(table: TomlTable, usual: Shares) -> Shares:
    low, high = (float(_number(table, key, getattr(usual, key), high=1)) for key in ("drift", "beyond"))
    if not 0 < low <= high:
        table.wrong("drift" if "drift" in table else None, f"must lie above 0 and at most at beyond = {high:g}")
        return usual
    return Shares(drift=low, beyond=high)


def _windows(table: TomlTable, usual: tuple[int, ...]) -> tuple[int, ...]:
    told = table.list_of("photos") if "photos" in table else list(usual)
    whole = all(isinstance(one, int) and not isinstance(one, bool) and 20 <= one <= 1_000_000 for one in told)
    if not told or not whole or sorted(set(told)) != told:
        table.wrong("photos", "must be rising whole numbers from 20 up, such as [60, 250, 1000]")
        return usual
    return tuple(told)
