"""Settlement and valuation in the report's words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coachwork.estimates.readings import Reading
from coachwork.reasons import ENGLISH, Wording, templates
from coachwork.reports.assessment_report import printable
from coachwork.reports.car.estimate_contents import ReportTotal, report_total
from coachwork.reports.car.wording import range_words, sentence

_HOLDS = {True: "yes", False: "no", None: "not known"}
"""Words of the vocabulary ``answer``."""


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


def settlement_contents(settlement: Mapping[str, Any], w: Wording = ENGLISH) -> ReportMoney:
    """The contents of a settlement by ``coachwork.settlement/1``."""
    policy, payout, lines = settlement["policy"], settlement["payout"], settlement["lines"]
    decimals = _decimals([payout, *lines])
    words = range_words([payout[reading.value] for reading in Reading], printable(payout["currency"]), decimals, w)
    return ReportMoney(
        title=w.say("report.settlement"),
        name=w.say("report.insurance"),
        outcome=w.say("report.payout", route=_coded("settlement_route", settlement["route"], w), words=words),
        by=printable(f"{policy['name']} {policy['version']}"),
        digest=policy["sha256"],
        sample=policy["sample"],
        currency=printable(payout["currency"]),
        totals=tuple(
            report_total(
                _capital(printable(w.words(line["what"]))), [line[reading.value] for reading in Reading], decimals, w
            )
            for line in lines
        ),
        findings=tuple(
            (
                printable(w.words(one["words"])),
                w.term("answer", _HOLDS[one["holds"]]),
                sentence(printable(w.words(one["why"]))),
            )
            for one in settlement["rules"]
        ),
        notes=tuple(w.say("report.not_covered", damage=printable(one)) for one in settlement["excluded"]),
    )


def valuation_contents(
    valuation: Mapping[str, Any], estimate: Mapping[str, Any] | None, w: Wording = ENGLISH
) -> ReportMoney:
    """The contents of a valuation by ``coachwork.valuation/1``, without what the estimate beside it says already."""
    told = estimate or {"notes": [], "open": []}
    policy, scheme, deduction = valuation["policy"], valuation["scheme"], valuation["deduction"]
    lines = valuation["lines"]
    amounts = [{reading.value: line[reading.value]["amount"] for reading in Reading} for line in lines]
    decimals = _decimals([*amounts, *([deduction] if deduction else [])])
    currency = printable(deduction["currency"]) if deduction else ""
    return ReportMoney(
        title=w.say("report.valuation"),
        name=w.say("report.deduction_policy"),
        outcome=f"{_grade(valuation['grade'], scheme, w)} {_deduction(deduction, currency, decimals, w)}",
        by=printable(f"{w.words(scheme['title'])}; {policy['name']} {policy['version']}"),
        digest=policy["sha256"],
        sample=policy["sample"],
        currency=currency,
        totals=tuple(
            report_total(
                _coded("line_kind", str(line["kind"]), w),
                [one[reading.value] for reading in Reading],
                decimals,
                w,
                how=sentence(printable(w.words(line["likely"]["formula"]))),
            )
            for line, one in zip(lines, amounts, strict=True)
        ),
        findings=(),
        notes=(
            *(sentence(printable(w.words(one))) for one in valuation["notes"] if one not in told["notes"]),
            *(
                w.say("report.open", what=printable(w.words(one["what"])), why=sentence(printable(w.words(one["why"]))))
                for one in valuation["open"]
                if one not in told["open"]
            ),
        ),
    )


def _coded(kind: str, words: str, w: Wording) -> str:
    """What stands in a document as words of a vocabulary that has sentences; as it is where those lack it."""
    code = f"{kind}.{words.partition(',')[0].replace(' ', '-')}"
    return w.say(code) if code in templates() else sentence(printable(words))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _grade(grade: Mapping[str, Any] | None, scheme: Mapping[str, Any], w: Wording) -> str:
    if grade is None:
        return w.say("report.no_grade", scheme=printable(w.words(scheme["title"])))
    names = [printable(grade[reading.value]["grade"]) for reading in Reading]
    likely = grade[Reading.LIKELY.value]
    told = w.say("report.grade", grade=names[1])
    if likely["words"]:
        told = w.say("report.grade_words", grade=names[1], words=printable(w.words(likely["words"])))
    return f"{told}." if len(set(names)) == 1 else w.say("report.grades", told=told, best=names[0], worst=names[2])


def _deduction(deduction: Mapping[str, Any] | None, currency: str, decimals: int, w: Wording) -> str:
    if deduction is None:
        return w.say("report.no_deduction")
    amounts = [deduction[reading.value] for reading in Reading]
    words = range_words(amounts, currency, decimals, w)
    return w.say("report.deduction_least" if deduction["at_least"] else "report.deduction", words=words)


def _decimals(amounts: Iterable[Mapping[str, Any]]) -> int:
    told: Sequence[Decimal] = [Decimal(one[reading.value]) for one in amounts for reading in Reading]
    return max((-int(one.as_tuple().exponent) for one in told), default=2)
