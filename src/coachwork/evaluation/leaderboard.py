"""One table of many models, measured on the same photos: what each can do, and what it costs."""

import csv
import io
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coachwork.evaluation.bootstrap import wilson_interval

SCHEMA = "coachwork.leaderboard/1"

_RANKED_BY = "mask_ap50"

_FIGURES = {"ap50": "AP50", "ap": "AP", "ar": "AR"}
_MEASURES = {f"{extent}_{name}": f"{extent} {words}" for extent in ("mask", "box") for name, words in _FIGURES.items()}
_MEASURES |= {"pixel_iou": "IoU", "pixel_dice": "Dice"}
_BY_TYPE_ON_TERMINALS = frozenset({"mask_ap50", "box_ap50", "pixel_iou", "pixel_dice"})

BY_PRECISION = "by precision"
"""Block of what each precision of a model costs: keys \"ms VARIANT\" and \"MB VARIANT\"."""

_COSTS = frozenset({"cost", BY_PRECISION})
"""Blocks of columns that hold no shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure.

    Attributes:
        value: the figure; None where it was not measured.
        low, high: ends of its 95 % interval; None where there is none.
        spread: standard deviation over seeds, in a mean of several runs. Its interval, where it has one, reaches over
            those of all runs, since they were measured on the same photos.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        key: names it for programs.
        title: for people.
        block: which of the narrow tables it stands in on a terminal; empty where it stands in files alone.
        text: how a figure is written.
        with_interval: whether its interval is written beside it.
    """

    key: str
    title: str
    block: str
    text: Callable[[float], str] = field(default=lambda share: f"{100 * share:.1f}")
    with_interval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One model, measured.

    Attributes:
        name: of the run or bundle.
        architecture: family and backbone.
        digest: SHA-256 of the model, hex.
        seed: of its run, None for a bundle without a run.
        recipe: equal for runs that differ in their seed alone; empty for a bundle without a run.
        evaluation: of schema `coachwork.evaluation/1`.
        costs: "parameters", "training_s", "milliseconds", "megabytes", each None where not known; and of each variant
            that was timed "ms NAME", milliseconds a photo with two threads, and "MB NAME", 10^6 bytes.
    """

    name: str
    architecture: str
    digest: str
    seed: int | None = None
    recipe: str = ""
    evaluation: Mapping[str, Any]
    costs: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table.

    Attributes:
        name: of the model, or of the mean.
        architecture: family and backbone.
        seeds: of the run or runs.
        is_mean: whether it is a mean over seeds.
        cells: by the columns' keys.
    """

    name: str
    architecture: str
    seeds: tuple[int, ...]
    is_mean: bool
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """The whole table.

    Attributes:
        about: what was measured on what.
        columns: in order.
        lines: the best first; a mean over seeds stands above its runs.
    """

    about: Mapping[str, str]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """Schema `coachwork.leaderboard/1`; shares in 0..1, seconds, milliseconds, 10^6 bytes."""
        return {
            "schema": SCHEMA,
            "about": dict(self.about),
            "lines": [
                {
                    "name": line.name,
                    "architecture": line.architecture,
                    "seeds": list(line.seeds),
                    "is_mean": line.is_mean,
                    "figures": {key: _cell_json(cell) for key, cell in line.cells.items()},
                }
                for line in self.lines
            ],
        }

    def to_markdown(self) -> str:
        """A Markdown table, figures in percent."""
        head = ["model", "architecture", "seed", *(column.title for column in self.columns)]
        rows = [head, ["---", "---", *["---:"] * (len(head) - 2)]]
        for line in self.lines:
            name = f"**{line.name}**" if line.is_mean else line.name
            seeds = ", ".join(map(str, line.seeds))
            rows.append([name, line.architecture, seeds, *(shown(line.cells[c.key], c) for c in self.columns)])
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows) + "\n"

    def to_csv(self) -> str:
        """Comma-separated values: bare figures, with columns of their own for intervals and spreads."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        names = [f"{column.key}{part}" for column in self.columns for part in ("", "_low", "_high", "_sd")]
        writer.writerow(["name", "architecture", "seeds", "is_mean", *names])
        for line in self.lines:
            cells = [line.cells[column.key] for column in self.columns]
            parts = [part for cell in cells for part in (cell.value, cell.low, cell.high, cell.spread)]
            seeds = " ".join(map(str, line.seeds))
            head = [line.name, line.architecture, seeds, int(line.is_mean)]
            writer.writerow([*head, *("" if part is None else f"{part:.6g}" for part in parts)])
        return written.getvalue()


def leaderboard(standings: Sequence[Standing], *, about: Mapping[str, str] | None = None) -> Leaderboard:
    """Lines up models that were measured on the same photos.

    Runs that differ in their seed alone get a line with their mean and standard deviation above them.
    """
    columns = columns_of(standings)
    groups: dict[str, list[Line]] = {}
    for place, standing in enumerate(standings):
        line = Line(
            name=standing.name,
            architecture=standing.architecture,
            seeds=() if standing.seed is None else (standing.seed,),
            is_mean=False,
            cells={column.key: _cell(standing, column.key) for column in columns},
        )
        groups.setdefault(standing.recipe or str(place), []).append(line)
    lined = [[*_mean(lines, columns), *sorted(lines, key=_rank)] for lines in groups.values()]
    ordered = sorted(lined, key=lambda lines: _rank(lines[0]))
    return Leaderboard(about=about or {}, columns=columns, lines=tuple(line for lines in ordered for line in lines))


def columns_of(standings: Sequence[Standing]) -> tuple[Column, ...]:
    """The columns that the models have figures for; types in the order of the first evaluation that knows them."""
    columns = [Column(key=name, title=title, block="three main types") for name, title in _MEASURES.items()]
    for kind in dict.fromkeys(kind for standing in standings for kind in standing.evaluation["types"]):
        words = kind.replace("_", " ")
        for name, title in _MEASURES.items():
            block = f"{title} by type" if name in _BY_TYPE_ON_TERMINALS else ""
            columns.append(Column(key=f"{name} {kind}", title=f"{words} {title}", block=block))
    for pictures, words in (("photos", "photos"), ("crops", "crops")):
        columns.append(Column(key=f"auroc {pictures}", title=f"AUROC {words}", block="damaged or not"))
        title = f"damaged {words} called none"
        columns.append(Column(key=f"miss_rate {pictures}", title=title, block="damaged or not", with_interval=True))
    columns += [
        Column(key="parameters", title="parameters", block="cost", text=lambda count: f"{count / 1e6:.2f} M"),
        Column(key="training_s", title="training", block="cost", text=_duration),
        Column(key="milliseconds", title="ms here", block="cost", text=lambda ms: f"{ms:.0f}"),
        Column(key="megabytes", title="MB", block="cost", text=lambda size: f"{size:.1f}"),
    ]
    for key in dict.fromkeys(key for standing in standings for key in standing.costs if key[:3] in {"ms ", "MB "}):
        unit, _, variant = key.partition(" ")
        title = f"{variant} {unit}"
        columns.append(Column(key=key, title=title, block=BY_PRECISION, text=lambda cost: f"{cost:.1f}"))
    known = {c.key for c in columns if any(_cell(standing, c.key).value is not None for standing in standings)}
    return tuple(column for column in columns if column.key in known)


def shown(cell: Cell, column: Column) -> str:
    """A figure as people read it."""
    if cell.value is None:
        return "-"
    text = column.text(cell.value)
    if cell.spread is not None and column.block not in _COSTS:
        text = f"{text} \N{PLUS-MINUS SIGN} {100 * cell.spread:.1f}"
    if column.with_interval and cell.low is not None and cell.high is not None:
        return f"{text} ({column.text(cell.low)} to {column.text(cell.high)})"
    return text


def _cell(standing: Standing, key: str) -> Cell:
    if key in standing.costs:
        return Cell(value=standing.costs[key])
    name, _, row = key.partition(" ")
    if name in {"auroc", "miss_rate"}:
        return _verdict_cell(standing.evaluation["verdicts"].get(row), name)
    figures = standing.evaluation["figures"].get(row or _main_row(standing), {}).get(name)
    if figures is None:
        return Cell(value=None)
    return Cell(value=figures["value"], low=figures["low"], high=figures["high"])


def _main_row(standing: Standing) -> str:
    """The mean of the main types, or of all where the model knows none of them."""
    figures = standing.evaluation["figures"]
    return "headline" if figures["headline"].get("box_ap50", {}).get("value") is not None else "mean"


def _verdict_cell(verdict: Mapping[str, Any] | None, name: str) -> Cell:
    if verdict is None or (name == "miss_rate" and not (verdict["calibrated"] and verdict["damaged"])):
        return Cell(value=None)
    value = verdict[name]["value"]
    if name == "miss_rate" and value is not None:
        low, high = wilson_interval(value, verdict["damaged"])
        return Cell(value=value, low=low, high=high)
    return Cell(value=value, low=verdict[name]["low"], high=verdict[name]["high"])


def _mean(lines: Sequence[Line], columns: Sequence[Column]) -> list[Line]:
    """The line above runs that differ in their seed alone; none above a single run."""
    if len(lines) < 2:
        return []
    cells = {}
    for column in columns:
        known = [line.cells[column.key] for line in lines]
        values = [cell.value for cell in known if cell.value is not None]
        if len(values) < len(lines):
            cells[column.key] = Cell(value=None)
            continue
        lows = [cell.low for cell in known if cell.low is not None and column.with_interval]
        highs = [cell.high for cell in known if cell.high is not None and column.with_interval]
        cells[column.key] = Cell(
            value=statistics.fmean(values),
            low=min(lows, default=None),
            high=max(highs, default=None),
            spread=statistics.stdev(values),
        )
    seeds = tuple(seed for line in lines for seed in line.seeds)
    name = f"mean of {len(lines)} seeds"
    return [Line(name=name, architecture=lines[0].architecture, seeds=seeds, is_mean=True, cells=cells)]


def _rank(line: Line) -> tuple[float, str]:
    ranked = next((cell for key in (_RANKED_BY, "box_ap50") if (cell := line.cells.get(key))), Cell(value=None))
    return -(ranked.value if ranked.value is not None else -1.0), line.name


def _cell_json(cell: Cell) -> dict[str, float | None]:
    parts = {"value": cell.value, "low": cell.low, "high": cell.high, "sd": cell.spread}
    return {name: None if part is None else round(part, 6) for name, part in parts.items()}


def _duration(seconds: float) -> str:
    """Hours and minutes, or seconds below ten minutes."""
    if seconds < 600:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
