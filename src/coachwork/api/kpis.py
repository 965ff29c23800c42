"""What cases really came to, and the figures of the service for whoever runs it."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from coachwork.api.bodies import Amount
from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Scope
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.kpis.report import KpiReport, Months, last_months, month_of, report_to_csv, report_to_json
from coachwork.storage.outcome_store import OutcomeStore

router = APIRouter(prefix="/v1", tags=["figures"], responses=RESPONSES)

_Month = Annotated[str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-03"])]
_MONTHS = 12


class OutcomeBody(BaseModel):
    """What a case really came to."""

    model_config = ConfigDict(extra="forbid")
    kind: OutcomeKind = Field(description="The bill of a repair, or a sale of the car.")
    amount: Amount = Field(description="With tax; of a repair before the deductible.")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
    on: date = Field(description="Day of the bill or the sale.")
    paid: Amount | None = Field(default=None, description="To the customer, of a repair; else the offer counts.")
    note: Annotated[str, Field(max_length=500)] = ""


class OutcomeAnswer(BaseModel):
    """What is kept of it."""

    id: str
    kind: OutcomeKind
    amount: str
    currency: str
    on: date
    paid: str | None
    note: str
    by: str
    at: datetime | None

    @classmethod
    def of(cls, one: CaseOutcome) -> "OutcomeAnswer":
        """The answer that tells of an outcome."""
        return cls(
            id=one.id,
            kind=one.kind,
            amount=str(one.amount),
            currency=one.currency,
            on=one.on,
            paid=None if one.paid is None else str(one.paid),
            note=one.note,
            by=one.by,
            at=one.at,
        )


@router.post(
    "/inspections/{inspection}/outcomes", status_code=status.HTTP_201_CREATED, summary="Tell what it really came to"
)
def add_outcome(
    inspection: CaseId, body: OutcomeBody, response: Response, service: ServiceHere, caller: CallerHere
) -> OutcomeAnswer:
    """Keeps the bill of a repair or a sale; 200 where the same was told before. The last one of a kind counts."""
    caller.need(Scope.WRITE)
    outcome = CaseOutcome(
        kind=body.kind,
        amount=body.amount,
        currency=body.currency,
        on=body.on,
        paid=body.paid,
        note=body.note,
    )
    kept, new = _outcomes(service).keep(caller.tenant, inspection, outcome, by=caller.name)
    if not new:
        response.status_code = status.HTTP_200_OK
    return OutcomeAnswer.of(kept)


@router.get("/inspections/{inspection}/outcomes", summary="What it really came to")
def list_outcomes(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> list[OutcomeAnswer]:
    """All that was told, the first one first."""
    caller.need(Scope.READ)
    return [OutcomeAnswer.of(one) for one in _outcomes(service).all(caller.tenant, inspection)]


@router.get("/kpis", summary="Figures of the service, by month")
def show_kpis(service: ServiceHere, caller: CallerHere, first: _Month = None, last: _Month = None) -> dict[str, Any]:
    """Every KPI with its definition, what it rests on and its interval (``coachwork.kpis/1``); by default of a year."""
    caller.need(Scope.READ)
    return report_to_json(_report(service, caller.tenant, first, last))


@router.get("/kpis.csv", summary="The same as a table", response_class=Response)
def kpis_table(service: ServiceHere, caller: CallerHere, first: _Month = None, last: _Month = None) -> Response:
    """A line for each KPI and month, and one for all months."""
    caller.need(Scope.READ)
    text = report_to_csv(_report(service, caller.tenant, first, last))
    return Response(text, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": _ATTACHED})


_ATTACHED = 'attachment; filename="kpis.csv"'


def _report(service: ServiceHere, tenant: str, first: str | None, last: str | None) -> KpiReport:
    end = datetime.now(UTC).date().replace(day=1) if last is None else month_of(last)
    months = last_months(_MONTHS, end) if first is None else Months(first=month_of(first), last=end)
    return service.figures.report(tenant, months, name=service.keys.tenant_name(tenant))


def _outcomes(service: ServiceHere) -> OutcomeStore:
    return OutcomeStore(service.database, service.cases)
