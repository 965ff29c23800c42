"""KPIs of handling: how far cases go by themselves, how long they take, how often people see it otherwise."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from coachwork.cases.case import DecisionKind, Purpose
from coachwork.claims.settlement import Route
from coachwork.kpis.definition import KpiFigure, Period
from coachwork.kpis.record import CaseRecord
from coachwork.kpis.sums import quantile, share

SAME_WITHIN = Decimal("0.01")
"""An offer that differs from the proposal by no more than this share of it counts as the same."""

_JUDGED = {DecisionKind.OFFER, DecisionKind.DECLINE, DecisionKind.SURVEY}


def opened(record: CaseRecord) -> datetime | None:
    """When it was opened."""
    return record.opened


def ready(record: CaseRecord) -> datetime | None:
    """When its first results lay there."""
    return record.ready


def ended(record: CaseRecord) -> datetime | None:
    """When it came to its end."""
    return None if record.ending is None else record.ending.at


def inspections(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """How many there are."""
    return KpiFigure(value=float(len(records)), count=len(records))


def straight_through(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Of claims that ended, those that no person touched."""
    return share([not one.touched for one in records if one.purpose is Purpose.CLAIM])


def auto_offers(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Of claims with results, those that the program alone would offer for."""
    routes = [one.own.route for one in records if one.own is not None and one.own.route is not None]
    return share([route is Route.AUTO_OFFER for route in routes])


def cycle_median(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Half of the cases took no longer."""
    return quantile([one.hours for one in records if one.hours is not None], 0.5)


def cycle_p90(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Nine of ten cases took no longer."""
    return quantile([one.hours for one in records if one.hours is not None], 0.9)


def overrides(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Of cases that a person judged, those in which the person saw it otherwise."""
    return share([_overridden(one) for one in records if _judged(one)])


def acceptances(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Of customers who answered an offer, those who accepted."""
    return share([one.accepted for one in records if one.accepted is not None])


def retakes(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Of cases with photos, those in which a photo was no good or a person asked for more."""
    return share([one.unusable > 0 or one.asked_again for one in records if one.photos])


def work_failures(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Of times that work ended, those without results."""
    done, failed = sum(len(one.work_s) for one in records), sum(one.failures for one in records)
    return share([True] * failed + [False] * done)


def work_p90(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Nine of ten cases had their results within that after they were handed over."""
    return quantile([seconds for one in records for seconds in one.work_s], 0.9)


def _judged(record: CaseRecord) -> bool:
    ending = record.ending
    return record.own is not None and ending is not None and ending.by_person and ending.kind in _JUDGED


def _overridden(record: CaseRecord) -> bool:
    own, ending = record.own, record.ending
    if record.corrected or own is None or ending is None:
        return True
    if ending.kind is not DecisionKind.OFFER:
        return own.route is Route.AUTO_OFFER
    if own.payout is None or ending.offered is None or ending.currency != own.currency:
        return own.payout is not None
    return abs(ending.offered - own.payout) > SAME_WITHIN * own.payout
