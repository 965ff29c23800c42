"""One self-contained HTML page of how good estimates are."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.claims.settlement import Route
from coachwork.evaluation.bootstrap import Figure
from coachwork.reports.charts import histogram, matrix
from coachwork.reports.interval_chart import Interval, interval_chart
from coachwork.reports.pages import render_page, write_page
from coachwork.settled.counting import Decision
from coachwork.settled.evaluation import SLICE_MEASURES, EstimateEvaluation, SliceFigures
from coachwork.settled.figures import MEASURES
from coachwork.settled.writing import GROUPS, short_routes, shown, widening_words

_TILES = ("bias", "median_relative_error", "within_10", "coverage", "line_f1", "repair_replace_f1", "routes_right")
_EDGES = np.linspace(-1, 1, 41)
_MOST_PROBLEMS = 200


def write_evaluation_page(evaluation: EstimateEvaluation, path: Path) -> None:
    """Writes the page.

    Raises:
        OSError: it cannot be written there.
    """
    page = render_page(
        Path(__file__).with_name("evaluation.html.j2"),
        evaluation=evaluation,
        tiles=[_tile(name, evaluation) for name in _TILES if evaluation.figures[name].rests_on],
        groups=[_group(title, names, evaluation) for title, names in GROUPS.items()],
        widening=widening_words(evaluation),
        operations=list(_operations(evaluation)),
        charts=list(_charts(evaluation)),
        slice_heads=[MEASURES[name].words for name in SLICE_MEASURES],
        slices=[_slice_row(one, evaluation) for one in evaluation.slices],
        problems=[str(problem) for problem in evaluation.problems[:_MOST_PROBLEMS]],
    )
    write_page(path, page)


def _tile(name: str, evaluation: EstimateEvaluation) -> dict[str, str]:
    value, interval = shown(evaluation.figures[name].figure, MEASURES[name].unit, evaluation)
    return {"name": MEASURES[name].words, "value": value, "note": interval}


def _group(title: str, names: Sequence[str], evaluation: EstimateEvaluation) -> dict[str, Any]:
    rows = [
        {
            "name": MEASURES[name].words,
            "cells": shown(evaluation.figures[name].figure, MEASURES[name].unit, evaluation),
            "rests_on": evaluation.figures[name].rests_on,
        }
        for name in names
    ]
    return {"title": title, "rows": rows, "told": any(row["rests_on"] for row in rows)}


def _operations(evaluation: EstimateEvaluation) -> Iterator[dict[str, Any]]:
    for operation, figures in evaluation.operations.items():
        cells = [shown(figures[name].figure) for name in ("precision", "recall", "f1")]
        yield {"name": operation, "cells": cells, "rests_on": figures["f1"].rests_on}


def _slice_row(one: SliceFigures, evaluation: EstimateEvaluation) -> dict[str, Any]:
    cells = [shown(one.figures[name].figure, MEASURES[name].unit, evaluation) for name in SLICE_MEASURES]
    return {"by": one.slice.by, "name": one.slice.name, "cases": len(one.slice.places), "cells": cells}


def _charts(evaluation: EstimateEvaluation) -> Iterator[dict[str, Any]]:
    counts = evaluation.counts
    billed = np.isfinite(counts.settled) & (counts.settled > 0)
    if billed.any():
        errors = counts.likely[billed] / counts.settled[billed] - 1
        chart = histogram(
            [("", 1, errors)],
            x_name="likely total against the bill",
            title="errors of the likely total",
            edges=_EDGES,
            marks=((-1, "-100 %"), (-0.5, "-50 %"), (0, "0"), (0.5, "+50 %"), (1, "+100 %")),
            guides=(-0.1, 0.1),
        )
        yield {"name": "Errors; beyond an end in its last bar", "svg": chart}
    bias = [("all cases", [_interval(evaluation.figures["bias"].figure)])]
    bias += [
        (f"{one.slice.by}: {one.slice.name}", [_interval(one.figures["bias"].figure)]) for one in evaluation.slices
    ]
    known = [(name, [one for one in intervals if one is not None]) for name, intervals in bias]
    chart = interval_chart(known, title="bias by kind of case", left="we say less", right="we say more")
    yield {"name": "Bias by kind of case, percent of the bills", "svg": chart}
    names = [decision.value for decision in Decision]
    yield {
        "name": "Items by what was decided",
        "svg": matrix(evaluation.decisions, names, rows="billed", columns="proposed", title="decisions on items"),
    }
    if evaluation.routes.any():
        routes = short_routes(list(Route))
        chart = matrix(evaluation.routes, routes, rows="settled", columns="proposed", title="routes of claims")
        yield {"name": "Claims by route", "svg": chart}


def _interval(figure: Figure) -> Interval | None:
    if figure.value is None:
        return None
    low, high = (None if end is None else 100 * end for end in (figure.low, figure.high))
    return Interval(value=100 * figure.value, low=low, high=high)
