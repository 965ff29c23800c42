"""KPIs of amounts: what was proposed against what it really came to, leakage, costs."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal

from typing_extensions import TypeIs

from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.kpis.definition import KpiFigure, Missing, Period
from coachwork.kpis.record import CaseRecord
from coachwork.kpis.sums import none_of, quantile, quotient

_ZERO = Decimal(0)


def outcome_month(kind: OutcomeKind) -> Callable[[CaseRecord], datetime | None]:
    """The day of the bill or sale, as the moment by which a case falls into a month."""

    def moment(record: CaseRecord) -> datetime | None:
        told = record.outcomes.get(kind)
        return None if told is None else datetime.combine(told.on, time(), UTC)

    return moment


def repair_error(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Median of |likely - billed| / billed."""
    return quantile([abs(one) for one in _repair_differences(records)], 0.5)


def repair_bias(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Median of (likely - billed) / billed."""
    return quantile(list(_repair_differences(records)), 0.5)


def sale_error(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Median of |market value - likely repair - sold for| / sold for."""
    return quantile([abs(one) for one in _sale_differences(records)], 0.5)


def leakage(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """What was paid above what was due, as a share of all that was paid."""
    pairs = _paid_and_due(records)
    return quotient([float(max(_ZERO, paid - due)) for paid, due in pairs], [float(paid) for paid, _ in pairs])


def underpayment(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """What was paid below what was due, as a share of all that was paid."""
    pairs = _paid_and_due(records)
    return quotient([float(max(_ZERO, due - paid)) for paid, due in pairs], [float(paid) for paid, _ in pairs])


def cost(records: Sequence[CaseRecord], period: Period) -> KpiFigure:
    """All costs of the period over its inspections."""
    if period.costs is None:
        return none_of(len(records), Missing.NO_COSTS)
    if not records:
        return none_of(currency=period.costs.currency)
    whole = period.costs.of(
        months=period.months,
        photos=sum(one.photos for one in records),
        work_s=sum(sum(one.work_s) for one in records),
        touched=sum(one.touched for one in records),
    )
    return KpiFigure(value=whole / len(records), count=len(records), currency=period.costs.currency)


def due(record: CaseRecord) -> Decimal | None:
    """What should have been paid by the bill: less the deductible, at most the limit, at least 0.

    None where it cannot be told: without a bill in the policy's currency, and where the repair is not worth it, since
    then the car's value is paid and not the bill.
    """
    own, bill = record.own, record.outcomes.get(OutcomeKind.REPAIR)
    if own is None or bill is None or own.deductible is None or own.total_loss or own.currency != bill.currency:
        return None
    left = max(_ZERO, bill.amount - own.deductible)
    return left if own.limit is None else min(left, own.limit)


def paid(record: CaseRecord) -> Decimal | None:
    """What was paid: as the outcome tells, else the offer that stands, else what the customer accepted by itself."""
    bill = record.outcomes.get(OutcomeKind.REPAIR)
    if bill is not None and bill.paid is not None:
        return bill.paid
    ending, own = record.ending, record.own
    if ending is None or own is None:
        return None
    if ending.offered is not None:
        return ending.offered if ending.currency == own.currency else None
    return own.payout if ending.kind is None else None


def _paid_and_due(records: Sequence[CaseRecord]) -> list[tuple[Decimal, Decimal]]:
    """Of the cases in the commonest currency: sums over several would be none."""
    told = [(paid(one), due(one), one.own.currency if one.own else "") for one in records]
    found = [(given, owed, currency) for given, owed, currency in told if given is not None and owed is not None]
    common = Counter(currency for _, _, currency in found).most_common(1)
    return [(given, owed) for given, owed, currency in found if currency == common[0][0]]


def _repair_differences(records: Sequence[CaseRecord]) -> Iterable[float]:
    for record in records:
        own, bill = record.own, record.outcomes.get(OutcomeKind.REPAIR)
        if own is not None and _comparable(bill, own.currency):
            yield float((own.repair - bill.amount) / bill.amount)


def _sale_differences(records: Sequence[CaseRecord]) -> Iterable[float]:
    for record in records:
        own, sale = record.own, record.outcomes.get(OutcomeKind.SALE)
        if own is None or record.market_value is None or not _comparable(sale, own.currency):
            continue
        value, currency = record.market_value
        if currency == own.currency:
            yield float((value - own.repair - sale.amount) / sale.amount)


def _comparable(outcome: CaseOutcome | None, currency: str) -> TypeIs[CaseOutcome]:
    return outcome is not None and outcome.currency == currency and outcome.amount > 0
