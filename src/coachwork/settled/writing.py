"""How figures of an evaluation are written for people, on the terminal and on the page."""

from collections.abc import Mapping, Sequence

from coachwork.claims.settlement import Route
from coachwork.evaluation.bootstrap import Figure
from coachwork.settled.evaluation import EstimateEvaluation
from coachwork.settled.figures import Unit

GROUPS: Mapping[str, tuple[str, ...]] = {
    "money": (
        "bias",
        "median_signed_error",
        "median_relative_error",
        "median_absolute_error",
        "within_10",
        "within_20",
    ),
    "intervals": ("coverage", "above", "below", "mean_width"),
    "lines": ("line_precision", "line_recall", "line_f1"),
    "repair or replace": ("replace_f1", "repair_f1", "repair_replace_f1", "items_right", "items_kappa"),
    "routing": ("routes_right", "routes_kappa", "offers", "wrong_offers", "missed_offers", "payout_bias"),
}
"""Title -> names of figures, in the order of reports."""
SIGNED = {"bias", "median_signed_error", "payout_bias"}
"""Figures that can lie on either side of 0: above it, we say more than was billed."""
_NOTHING = "\N{EN DASH}"


def shown(figure: Figure, unit: Unit = Unit.SHARE, evaluation: EstimateEvaluation | None = None) -> tuple[str, str]:
    """A figure and its interval as texts.

    >>> shown(Figure(value=-0.074, low=-0.09, high=0.01))
    ('-7.4 %', '-9.0 to 1.0')
    """
    if figure.value is None:
        return _NOTHING, ""
    money = evaluation if unit is Unit.MONEY else None

    def written(value: float) -> str:
        if unit is Unit.PLAIN:
            return f"{value:.2f}"
        return f"{100 * value:.1f}" if money is None else f"{value:,.{money.decimals}f}"

    ending = "" if unit is Unit.PLAIN else f" {'%' if money is None else money.currency}"
    text = f"{written(figure.value)}{ending}"
    if figure.low is None or figure.high is None:
        return text, ""
    return text, f"{written(figure.low)} to {written(figure.high)}"


def widening_words(evaluation: EstimateEvaluation) -> str:
    """What would make the intervals hold what they promise, as a sentence without its full stop."""
    promised, found = f"promised are {100 * evaluation.promised:g} %", evaluation.widening
    if found is None:
        return f"{promised}: these cases cannot tell how wide the intervals must be"
    if found > 0:
        return f"{promised}: both ends would have to move out by {100 * found:.1f} % of the likely total"
    return f"{promised}: kept, and kept still with both ends {-100 * found:.1f} % of the likely total further in"


def short_routes(routes: Sequence[Route]) -> list[str]:
    """Routes in few letters.

    >>> short_routes([Route.AUTO_OFFER, Route.NOT_COVERED])
    ['auto offer', 'not covered']
    """
    return [route.value.split(",")[0] for route in routes]
