"""Settlement and valuation in the report's words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coachwork.estimates.readings import Reading
from coachwork.reports.assessment_report import printable
from coachwork.reports.car.estimate_contents import ReportTotal, report_total
from coachwork.reports.car.wording import range_words, sentence

_HOLDS = {True: "yes", False: "no", None: "not known"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMoney:
    """A settlement or a valuation in the report.

    Attributes:
        title: of the section; name the same in a word.
        outcome: the result in one line.
        by: policy or scheme, with its version; digest its SHA-256.
        sample: whether the policy is one by which nothing may be paid.
        currency: of the amounts.
        totals: step by step.
        findings: (rule, whether it holds, what it found).
        notes: what was assumed, and what is open.
    """

    title: str
    name: str
    outcome: str
    by: str
    digest: str
    sample: bool
    currency: str
    totals: tuple[ReportTotal, ...]
    findings: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]


def settlement_contents(settlement: Mapping[str, Any]) -> ReportMoney:
    """The contents of a settlement by ``coachwork.settlement/1``."""
    policy, payout, lines = settlement["policy"], settlement["payout"], settlement["lines"]
    decimals = _decimals([payout, *lines])
    words = range_words([payout[reading.value] for reading in Reading], printable(payout["currency"]), decimals)
    return ReportMoney(
        title="Settlement proposal",
        name="insurance policy",
        outcome=f"{settlement['route'].capitalize()}. Payout, if covered: {words}.",
        by=printable(f"{policy['name']} {policy['version']}"),
        digest=policy["sha256"],
        sample=policy["sample"],
        currency=printable(payout["currency"]),
        totals=tuple(
            report_total(printable(line["what"]).capitalize(), [line[reading.value] for reading in Reading], decimals)
            for line in lines
        ),
        findings=tuple(
            (printable(one["words"]), _HOLDS[one["holds"]], sentence(printable(one["why"])))
            for one in settlement["rules"]
        ),
        notes=tuple(f"Not covered: {printable(one)}." for one in settlement["excluded"]),
    )


def valuation_contents(valuation: Mapping[str, Any], estimate: Mapping[str, Any] | None) -> ReportMoney:
    """The contents of a valuation by ``coachwork.valuation/1``, without what the estimate beside it says already."""
    told = estimate or {"notes": [], "open": []}
    policy, scheme, deduction = valuation["policy"], valuation["scheme"], valuation["deduction"]
    lines = valuation["lines"]
    amounts = [{reading.value: line[reading.value]["amount"] for reading in Reading} for line in lines]
    decimals = _decimals([*amounts, *([deduction] if deduction else [])])
    currency = printable(deduction["currency"]) if deduction else ""
    return ReportMoney(
        title="Condition grade and deduction",
        name="deduction policy",
        outcome=f"{_grade(valuation['grade'], scheme)} {_deduction(deduction, currency, decimals)}",
        by=printable(f"{scheme['title']}; {policy['name']} {policy['version']}"),
        digest=policy["sha256"],
        sample=policy["sample"],
        currency=currency,
        totals=tuple(
            report_total(
                printable(str(line["kind"])).replace("_", " ").capitalize(),
                [one[reading.value] for reading in Reading],
                decimals,
                how=sentence(printable(line["likely"]["formula"])),
            )
            for line, one in zip(lines, amounts, strict=True)
        ),
        findings=(),
        notes=(
            *(sentence(printable(one)) for one in valuation["notes"] if one not in told["notes"]),
            *(
                f"Open: {printable(one['what'])}: {sentence(printable(one['why']))}"
                for one in valuation["open"]
                if one not in told["open"]
            ),
        ),
    )


def _grade(grade: Mapping[str, Any] | None, scheme: Mapping[str, Any]) -> str:
    if grade is None:
        return f"No grade by {printable(scheme['title'])}: too little is known."
    names = [printable(grade[reading.value]["grade"]) for reading in Reading]
    likely = grade[Reading.LIKELY.value]
    told = (
        f"Grade {printable(likely['grade'])} ({printable(likely['words'])})" if likely["words"] else f"Grade {names[1]}"
    )
    return f"{told}." if len(set(names)) == 1 else f"{told}, at best {names[0]} and at worst {names[2]}."


def _deduction(deduction: Mapping[str, Any] | None, currency: str, decimals: int) -> str:
    if deduction is None:
        return "No deduction can be stated."
    more = "; more may have to be taken off" if deduction["at_least"] else ""
    amounts = [deduction[reading.value] for reading in Reading]
    return f"Deduction from the market value: {range_words(amounts, currency, decimals)}{more}."


def _decimals(amounts: Iterable[Mapping[str, Any]]) -> int:
    told: Sequence[Decimal] = [Decimal(one[reading.value]) for one in amounts for reading in Reading]
    return max((-int(one.as_tuple().exponent) for one in told), default=2)
