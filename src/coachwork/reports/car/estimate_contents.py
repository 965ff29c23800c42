"""The estimate in the report's words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coachwork.estimates.readings import Reading
from coachwork.reports.assessment_report import printable
from coachwork.reports.car.wording import amount_words, listed, range_words, sentence

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


def estimate_contents(estimate: Mapping[str, Any]) -> ReportEstimate:
    """The contents of an estimate by ``coachwork.estimate/1``."""
    card, total, loss = estimate["rate_card"], estimate["total"], estimate["total_loss"]
    decimals = _decimals(estimate)
    lines = estimate["plans"][Reading.LIKELY.value]["lines"]
    return ReportEstimate(
        card=printable(", ".join(one for one in (f"{card['name']} {card['version']}".strip(), card["region"]) if one)),
        card_digest=card["sha256"],
        sample=card["sample"],
        currency=printable(card["currency"]),
        likely=amount_words(total["likely"], decimals),
        bounds=" to ".join(amount_words(total[reading], decimals) for reading in ("lower", "upper")),
        total=range_words([total[reading.value] for reading in Reading], printable(total["currency"]), decimals),
        lines=tuple(_lines(lines, decimals)),
        sums=_sums(lines, decimals),
        totals=tuple(_totals(estimate, decimals)),
        least=bool(estimate["open"]),
        loss=loss["outcome"],
        loss_why=sentence(printable(loss["why"])),
        open=_open(estimate["open"]),
        notes=tuple(sentence(printable(one)) for one in estimate["notes"]),
        rules=tuple((printable(name), printable(words)) for name, words in estimate["rules"].items()),
        sources=tuple((printable(name), printable(words)) for name, words in estimate["sources"].items()),
    )


def _open(entries: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Everything that is open for the same reason as one entry."""
    by_reason: dict[str, list[str]] = {}
    for one in sorted(entries, key=lambda one: _by_number(one["what"])):
        by_reason.setdefault(one["why"], []).append(printable(one["what"]))
    return tuple(("; ".join(whats), sentence(printable(why))) for why, whats in by_reason.items())


def _by_number(words: str) -> list[tuple[int, str]]:
    """Sorts "damage 2" before "damage 10"."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]+)", words)]


def _decimals(estimate: Mapping[str, Any]) -> int:
    """As many as the most exact amount has."""
    lines = [line for plan in estimate["plans"].values() for line in plan["lines"]]
    amounts = [Decimal(line[charge]) for line in lines for charge in CHARGES]
    return max((-int(one.as_tuple().exponent) for one in amounts), default=2)


def _lines(lines: Iterable[Mapping[str, Any]], decimals: int) -> Iterable[ReportLine]:
    before = None
    for line in lines:
        item = f"{line['place']} {line['item']}".strip().replace("_", " ")
        yield ReportLine(
            item="" if item == before else printable(item),
            operation=line["operation"],
            hours="" if line["hours"] is None else f"{Decimal(line['hours']):.1f}",
            charges=tuple(_charge(line[charge], decimals) for charge in CHARGES),
            damages=listed(printable(one).removeprefix("damage ") for one in line["damages"]),
            why=printable(line["why"]),
        )
        before = item


def _charge(amount: str, decimals: int) -> str:
    return amount_words(amount, decimals) if Decimal(amount) else ""


def _sums(lines: Sequence[Mapping[str, Any]], decimals: int) -> tuple[str, ...]:
    hours = sum((Decimal(line["hours"] or 0) for line in lines), Decimal(0))
    sums = [sum((Decimal(line[charge]) for line in lines), Decimal(0)) for charge in CHARGES]
    return (f"{hours:.1f}", *(amount_words(one, decimals) for one in sums))


def _totals(estimate: Mapping[str, Any], decimals: int) -> Iterable[ReportTotal]:
    plans = [estimate["plans"][reading.value] for reading in Reading]
    taxes = [sum((Decimal(line["tax"]) for line in plan["lines"]), Decimal(0)) for plan in plans]
    totals = [Decimal(plan["total"]) for plan in plans]
    nets = [total - tax for total, tax in zip(totals, taxes, strict=True)]
    yield report_total("Work, parts and materials", nets, decimals)
    yield report_total("Taxes", taxes, decimals)
    yield report_total("Total with tax", totals, decimals, strong=True)
    taken = (("less damages that were there before", "prior"), ("less betterment of worn parts", "betterment"))
    for what, key in taken:
        if any(Decimal(one) for one in estimate[key]):
            yield report_total(what, [-Decimal(one) for one in estimate[key]], decimals)
    if any(Decimal(one) for _, key in taken for one in estimate[key]):
        payable = [Decimal(estimate["payable"][reading.value]) for reading in Reading]
        yield report_total("Payable, before cover and deductible", payable, decimals, strong=True)


def report_total(
    what: str, amounts: Sequence[Decimal | str], decimals: int, *, strong: bool = False, how: str = ""
) -> ReportTotal:
    """A line of three amounts."""
    lower, likely, upper = (amount_words(one, decimals) for one in amounts)
    return ReportTotal(what=what, lower=lower, likely=likely, upper=upper, strong=strong, how=how)
