"""Evaluations of estimates as JSON, by the schema ``coachwork.estimate-evaluation/1`` (docs/settled-cases.md)."""

from typing import Any

from coachwork.claims.settlement import Route
from coachwork.settled.counting import Counts, Decision
from coachwork.settled.evaluation import EstimateEvaluation, Measured

SCHEMA = "coachwork.estimate-evaluation/1"


def evaluation_to_json(evaluation: EstimateEvaluation) -> dict[str, Any]:
    """The evaluation as plain JSON values; shares are 0 to 1, errors relative to what was settled."""
    return {
        "schema": SCHEMA,
        "about": dict(evaluation.about),
        "currency": evaluation.currency,
        "cases": evaluation.cases,
        "clusters": evaluation.clusters,
        "synthetic": evaluation.synthetic,
        "open": evaluation.open,
        "problems": [
            {"line": one.line, "where": one.where, "why": one.why, "message": str(one)} for one in evaluation.problems
        ],
        "figures": {name: _measured(one) for name, one in evaluation.figures.items()},
        "operations": {
            operation: {name: _measured(one) for name, one in figures.items()}
            for operation, figures in evaluation.operations.items()
        },
        "decisions": _confusion(evaluation.decisions, [one.value for one in Decision]),
        "routes": _confusion(evaluation.routes, [one.value for one in Route]),
        "promised": evaluation.promised,
        "widening": None if evaluation.widening is None else round(evaluation.widening, 6),
        "slices": [
            {
                "by": one.slice.by,
                "name": one.slice.name,
                "cases": len(one.slice.places),
                "figures": {name: _measured(figure) for name, figure in one.figures.items()},
            }
            for one in evaluation.slices
        ],
    }


def _measured(one: Measured) -> dict[str, Any]:
    return one.figure.to_json() | {"rests_on": one.rests_on}


def _confusion(counts: Counts, names: list[str]) -> dict[str, Any]:
    return {"rows": "settled", "columns": "coachwork", "names": names, "counts": counts.tolist()}
