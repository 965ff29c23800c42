"""The estimate in the report's words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coachwork.estimates.line import item_words
from coachwork.estimates.readings import Reading
from coachwork.reasons import ENGLISH, Wording
from coachwork.reports.assessment_report import printable
from coachwork.reports.car.wording import listed, range_words, sentence

CHARGES = ("labour", "parts", "materials", "sublet", "tax", "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One line of the likely repair; `charges` in the order of `CHARGES`, empty for nothing."""

    item: str
    operation: str
    hours: str
    charges: tuple[str, ...]
    damages: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTotal:
    """One line of the totals."""

    what: str
    lower: str
    likely: str
    upper: str
    strong: bool = False
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEstimate:
    """The estimate in the report.

    Attributes:
        card: name, version and region of the rate card; card_digest its SHA-256.
        sample: whether the card is one by which no offer may be made.
        currency: of all amounts.
        likely: the likely total; bounds its lower and upper figure; total the whole interval in words.
        lines, sums: the likely repair; the sums are of hours and charges.
        totals: net, tax, total and what is taken off, in each reading.
        least: whether something stays open, so that the total lacks something.
        loss, loss_why: whether the car is a total loss.
        open: what no total holds, and why.
        notes: what was assumed.
        rules, sources: name -> words, of what was used.
    """

    card: str
    card_digest: str
    sample: bool
    currency: str
    likely: str
    bounds: str
    total: str
    lines: tuple[ReportLine, ...]
    sums: tuple[str, ...]
    totals: tuple[ReportTotal, ...]
    least: bool
    loss: str
    loss_why: str
    open: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]


def estimate_contents(estimate: Mapping[str, Any], w: Wording = ENGLISH) -> ReportEstimate:
    """The contents of an estimate by ``coachwork.estimate/1``."""
    card, total, loss = estimate["rate_card"], estimate["total"], estimate["total_loss"]
    decimals = _decimals(estimate)
    lines = estimate["plans"][Reading.LIKELY.value]["lines"]
    return ReportEstimate(
        card=printable(", ".join(one for one in (f"{card['name']} {card['version']}".strip(), card["region"]) if one)),
        card_digest=card["sha256"],
        sample=card["sample"],
        currency=printable(card["currency"]),
        likely=w.amount(total["likely"], decimals),
        bounds=w.say(
            "report.bounds", lower=w.amount(total["lower"], decimals), upper=w.amount(total["upper"], decimals)
        ),
        total=range_words([total[reading.value] for reading in Reading], printable(total["currency"]), decimals, w),
        lines=tuple(_lines(lines, decimals, w)),
        sums=_sums(lines, decimals, w),
        totals=tuple(_totals(estimate, decimals, w)),
        least=bool(estimate["open"]),
        loss=w.term("outcome", loss["outcome"]),
        loss_why=sentence(printable(w.words(loss["why"]))),
        open=_open(estimate["open"], w),
        notes=tuple(sentence(printable(w.words(one))) for one in estimate["notes"]),
        rules=tuple((printable(name), printable(w.words(words))) for name, words in estimate["rules"].items()),
        sources=tuple((printable(name), printable(words)) for name, words in estimate["sources"].items()),
    )


def _open(entries: Sequence[Mapping[str, Any]], w: Wording) -> tuple[tuple[str, str], ...]:
    """Everything that is open for the same reason as one entry."""
    by_reason: dict[str, list[str]] = {}
    for one in sorted(entries, key=lambda one: _by_number(one["what"])):
        by_reason.setdefault(one["why"], []).append(printable(w.words(one["what"])))
    return tuple(("; ".join(whats), sentence(printable(w.words(why)))) for why, whats in by_reason.items())


def _by_number(words: str) -> list[tuple[int, str]]:
    """Sorts "damage 2" before "damage 10"."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", words)]


def _decimals(estimate: Mapping[str, Any]) -> int:
    """As many as the most exact amount has."""
    lines = [line for plan in estimate["plans"].values() for line in plan["lines"]]
    amounts = [Decimal(line[charge]) for line in lines for charge in CHARGES]
    return max((-int(one.as_tuple().exponent) for one in amounts), default=2)


def _lines(lines: Iterable[Mapping[str, Any]], decimals: int, w: Wording) -> Iterable[ReportLine]:
    before = None
    for line in lines:
        item = w.words(item_words(line["item"], line["place"]))
        yield ReportLine(
            item="" if item == before else printable(item),
            operation=w.term("operation", line["operation"]),
            hours="" if line["hours"] is None else w.amount(line["hours"], 1),
            charges=tuple(_charge(line[charge], decimals, w) for charge in CHARGES),
            damages=listed(printable(one).removeprefix("damage ") for one in line["damages"]),
            why=printable(w.words(line["why"])),
        )
        before = item


def _charge(amount: str, decimals: int, w: Wording) -> str:
    return w.amount(amount, decimals) if Decimal(amount) else ""


def _sums(lines: Sequence[Mapping[str, Any]], decimals: int, w: Wording) -> tuple[str, ...]:
    hours = sum((Decimal(line["hours"] or 0) for line in lines), Decimal(0))
    sums = [sum((Decimal(line[charge]) for line in lines), Decimal(0)) for charge in CHARGES]
    return (w.amount(hours, 1), *(w.amount(one, decimals) for one in sums))


def _totals(estimate: Mapping[str, Any], decimals: int, w: Wording) -> Iterable[ReportTotal]:
    plans = [estimate["plans"][reading.value] for reading in Reading]
    taxes = [sum((Decimal(line["tax"]) for line in plan["lines"]), Decimal(0)) for plan in plans]
    totals = [Decimal(plan["total"]) for plan in plans]
    nets = [total - tax for total, tax in zip(totals, taxes, strict=True)]
    yield report_total(w.say("report.net"), nets, decimals, w)
    yield report_total(w.say("report.taxes"), taxes, decimals, w)
    yield report_total(w.say("report.gross"), totals, decimals, w, strong=True)
    taken = ((w.say("report.less_prior"), "prior"), (w.say("report.less_betterment"), "betterment"))
    for what, key in taken:
        if any(Decimal(one) for one in estimate[key]):
            yield report_total(what, [-Decimal(one) for one in estimate[key]], decimals, w)
    if any(Decimal(one) for _, key in taken for one in estimate[key]):
        payable = [Decimal(estimate["payable"][reading.value]) for reading in Reading]
        yield report_total(w.say("report.payable"), payable, decimals, w, strong=True)


def report_total(
    what: str, amounts: Sequence[Decimal | str], decimals: int, w: Wording, *, strong: bool = False, how: str = ""
) -> ReportTotal:
    """A line of three amounts."""
    lower, likely, upper = (w.amount(one, decimals) for one in amounts)
    return ReportTotal(what=what, lower=lower, likely=likely, upper=upper, strong=strong, how=how)
