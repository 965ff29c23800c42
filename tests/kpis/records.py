"""Records of cases for tests: claims that went well, changed where a test needs it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from coachwork.cases.case import DecisionKind, Purpose
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.claims.settlement import Route
from coachwork.kpis.record import CaseRecord, Ending, Own

OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def own(**more: Any) -> Own:
    told: dict[str, Any] = {
        "repair": Decimal(1000),
        "currency": "EUR",
        "route": Route.AUTO_OFFER,
        "payout": Decimal(700),
        "deductible": Decimal(300),
    }
    return Own(**(told | more))


def offered(amount: int | None = 700, *, hours: float = 5.0, by_person: bool = True, **more: Any) -> Ending:
    told = {"kind": DecisionKind.OFFER, "currency": "EUR"} | more
    value = None if amount is None else Decimal(amount)
    return Ending(at=OPENED + timedelta(hours=hours), by_person=by_person, offered=value, **told)


def bill(amount: str, *, paid: str | None = None, on: date = date(2026, 3, 20), currency: str = "EUR") -> CaseOutcome:
    told = None if paid is None else Decimal(paid)
    return CaseOutcome(kind=OutcomeKind.REPAIR, amount=Decimal(amount), currency=currency, on=on, paid=told)


def record(number: int = 0, **more: Any) -> CaseRecord:
    """A claim that a person offered 700 EUR for, as proposed, five hours after it was opened."""
    plain = CaseRecord(
        id=f"case_{number:026d}",
        purpose=Purpose.CLAIM,
        opened=OPENED,
        photos=6,
        ready=OPENED + timedelta(minutes=2),
        work_s=(20.0,),
        own=own(),
        ending=offered(),
        outcomes={},
    )
    return replace(plain, **more)
