"""What a list of listings shows of each: verdict, grade and deduction in a line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coachwork.assessments.verdict import Verdict
from coachwork.casework.corrected_document import corrected_verdict
from coachwork.casework.valuing import Valued
from coachwork.reports.car.damage_contents import LIKELY_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSummary:
    """A listing in a line; amounts are decimal texts.

    Attributes:
        verdict: of the car, after corrections.
        damages: how many are rather there than not; `possible` how many stand beside them.
        scheme: of the grade.
        grade, grade_from, grade_to: likely, best and worst; empty where nothing is proven.
        lower, likely, upper, currency: of the deduction; empty where nothing is proven.
        at_least: whether more may have to be taken off.
        proven: whether every part that must be was seen well.
        unseen: parts that were not.
        problem: why it could not be valued; empty else.
    """

    verdict: str
    damages: int
    possible: int = 0
    scheme: str = ""
    grade: str = ""
    grade_from: str = ""
    grade_to: str = ""
    lower: str = ""
    likely: str = ""
    upper: str = ""
    currency: str = ""
    at_least: bool = False
    proven: bool = False
    unseen: tuple[str, ...] = ()
    problem: str = ""


def summary_of(valued: Valued) -> ListingSummary:
    """The summary of a valued case."""
    valuation: Mapping[str, Any] = valued.valuation
    grade, deduction = valuation["grade"] or {}, valuation["deduction"] or {}
    told = [one["probability"] for one in standing_list(valued)]
    likely = sum(probability is None or probability >= LIKELY_FROM for probability in told)
    return ListingSummary(
        verdict=standing_verdict(valued),
        damages=likely,
        possible=len(told) - likely,
        scheme=valuation["scheme"]["name"],
        grade=_grade(grade, "likely"),
        grade_from=_grade(grade, "lower"),
        grade_to=_grade(grade, "upper"),
        lower=deduction.get("lower", ""),
        likely=deduction.get("likely", ""),
        upper=deduction.get("upper", ""),
        currency=deduction.get("currency", ""),
        at_least=bool(deduction.get("at_least")),
        proven=valuation["proof"]["proven"],
        unseen=tuple(valuation["proof"]["unseen"]),
    )


def standing_list(valued: Valued) -> list[Mapping[str, Any]]:
    """The damages as they stand."""
    result = valued.result
    return list(result.inspection["damages"] if result.damages is None else result.damages)


def standing_verdict(valued: Valued) -> Verdict:
    """The verdict of the car, after corrections."""
    told = Verdict(valued.result.inspection["verdict"])
    if valued.result.damages is None:
        return told
    return corrected_verdict(told, standing=len(standing_list(valued)))


def _grade(grade: Mapping[str, Any], reading: str) -> str:
    return str(grade[reading]["grade"]) if grade else ""
