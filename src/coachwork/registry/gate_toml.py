"""Gates read from TOML; every problem is told by file, line and reason."""

import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import TypeVar

from coachwork.assessments.verdict import Verdict
from coachwork.evaluation.slices import SLICES
from coachwork.registry.gate_limits import (
    GATES,
    GateLimits,
    LicenceLimits,
    MissRateLimit,
    NotWorse,
    ParityLimit,
    SizeLimits,
    SliceLimits,
    SmokeSet,
    SpeedLimits,
)
from coachwork.taxonomy import KINDS
from coachwork.toml_tables import TomlFileError, TomlTable, read_toml

SLICE_FIGURES = ("ap50", "auroc", "miss_rate")
"""What may be looked at within slices."""

_FIRST_RATIO = Decimal("0.01")
Limits = TypeVar("Limits")


class GateFileError(TomlFileError):
    """A file of gates is malformed."""


def shipped_gates_path() -> Path:
    """The gates that ship."""
    return Path(str(resources.files("coachwork.registry") / "gates.toml"))


def read_gates(path: Path | None = None) -> GateLimits:
    """Reads what the gates ask for, by default from the file that ships.

    Raises:
        GateFileError: one thing is wrong in the file, told by line.
        ExceptionGroup: of several GateFileErrors.
    """
    path = shipped_gates_path() if path is None else path
    document, content = read_toml(path, GateFileError)
    root = document.root
    root.only(GATES)
    root.need(GATES)
    limits = GateLimits(
        headline=_unless_off(root, "headline", lambda table: _not_worse(table, ())),
        types=_unless_off(root, "types", _types),
        slices=_unless_off(root, "slices", _slices),
        miss_rate=_unless_off(root, "miss_rate", _miss_rate),
        speed=_unless_off(root, "speed", _speed),
        size=_unless_off(root, "size", _size),
        licences=_unless_off(root, "licences", _licences),
        parity=_unless_off(root, "parity", _parity),
        smoke=_unless_off(root, "smoke", lambda table: _smoke(table, path.parent)),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    document.finish()
    return limits


def _unless_off(root: TomlTable, name: str, read: Callable[[TomlTable], Limits]) -> Limits | None:
    if name not in root:  # as is noted already
        return None
    table = root.table(name)
    return None if table.flag("off") else read(table)


def _not_worse(table: TomlTable, keys: tuple[str, ...]) -> NotWorse:
    table.only(("off", "worse_by", "undecided", *keys))
    return NotWorse(worse_by=_share(table, "worse_by"), undecided_blocks=_blocks(table))


def _types(table: TomlTable) -> NotWorse:
    found = _not_worse(table, ("only",))
    return _with_exceptions(table, found, tuple(kind.value for kind in KINDS))


def _slices(table: TomlTable) -> SliceLimits:
    found = _not_worse(table, ("figures", "markets", "only"))
    figures = tuple(_texts(table, "figures", SLICE_FIGURES)) or SLICE_FIGURES[:1]
    markets = table.flag("markets", default=True)
    known = None if markets else tuple(one.name for one in SLICES)  # a market may bear any name
    return SliceLimits(not_worse=_with_exceptions(table, found, known), figures=figures, markets=markets)


def _with_exceptions(table: TomlTable, found: NotWorse, known: tuple[str, ...] | None) -> NotWorse:
    only = table.table("only")
    if known is not None:
        only.only(known)
    exceptions = {name: _not_worse(one, ()) for name, one in only.tables()}
    return NotWorse(worse_by=found.worse_by, undecided_blocks=found.undecided_blocks, exceptions=exceptions)


def _miss_rate(table: TomlTable) -> MissRateLimit:
    table.only(("off", "slack", "undecided"))
    return MissRateLimit(
        slack=float(table.number("slack", high=1, default=Decimal(0))), undecided_blocks=_blocks(table)
    )


def _speed(table: TomlTable) -> SpeedLimits:
    table.only(("off", "cores", "milliseconds", "ratio", "rounds", "undecided"))
    return SpeedLimits(
        cores=table.whole("cores", low=1, high=1024, default=2),
        milliseconds=_optional(table, "milliseconds"),
        ratio=_optional(table, "ratio", low=_FIRST_RATIO),
        rounds=table.whole("rounds", low=3, high=10_000, default=20),
        undecided_blocks=_blocks(table),
    )


def _size(table: TomlTable) -> SizeLimits:
    table.only(("off", "megabytes", "ratio"))
    return SizeLimits(megabytes=_optional(table, "megabytes"), ratio=_optional(table, "ratio", low=_FIRST_RATIO))


def _licences(table: TomlTable) -> LicenceLimits:
    table.only(("off", "allowed", "may_ship", "undecided"))
    allowed = tuple(_texts(table, "allowed"))
    if not allowed and "off" not in table:
        table.wrong("allowed", "must list the licences that training photos may have, as texts")
    return LicenceLimits(allowed=allowed, may_ship=table.flag("may_ship"), undecided_blocks=_blocks(table))


def _parity(table: TomlTable) -> ParityLimit:
    table.only(("off", "tolerance", "undecided"))
    return ParityLimit(tolerance=float(table.number("tolerance", high=1)), undecided_blocks=_blocks(table))


def _smoke(table: TomlTable, beside: Path) -> SmokeSet:
    table.only(("off", "folder", "expects"))
    folder = beside / table.text("folder") if "folder" in table else None
    table.need(("expects",))
    expects = table.table("expects")
    found = {name: tuple(_texts(expects, name, tuple(Verdict))) for name in expects.values}
    for name, verdicts in found.items():
        if not verdicts:
            expects.wrong(name, f"must list one or more of {', '.join(Verdict)}")
        if "/" in name or "\\" in name:
            expects.wrong(name, "must be the name of a file in the folder")
    if "expects" in table and not found:
        table.wrong("expects", "must name one photo or more, or turn the gate off with  off = true")
    return SmokeSet(folder=folder, expects=found)


def _texts(table: TomlTable, key: str, known: tuple[str, ...] = ()) -> Iterator[str]:
    for value in table.list_of(key):
        if not isinstance(value, str) or not value.strip():
            table.wrong(key, f"must hold texts, not {value!r}")
        elif known and value not in known:
            table.wrong(key, f"knows {', '.join(known)}, not {value!r}")
        else:
            yield value


def _share(table: TomlTable, key: str) -> float:
    return float(table.number(key, high=1))


def _optional(table: TomlTable, key: str, *, low: Decimal | int = 0) -> float | None:
    return float(table.number(key, low=low)) if key in table else None


def _blocks(table: TomlTable) -> bool:
    value = table.text("undecided")
    if value and value not in ("blocks", "passes"):
        table.wrong("undecided", f'is "blocks" or "passes", not {value!r}')
    return value != "passes"
