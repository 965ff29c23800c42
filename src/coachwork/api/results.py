"""What was found, what was decided, what happened."""

from fastapi import APIRouter, Response, status

from coachwork.api.bodies import DecisionAnswer, DecisionBody, EventAnswer, ResultAnswer
from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.inspections import CaseId, IdempotencyKey, request_key
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Scope
from coachwork.cases.case import Decision
from coachwork.cases.identity import new_id
from coachwork.storage.columns import now

router = APIRouter(prefix="/v1/inspections/{inspection}", tags=["results"], responses=RESPONSES)

_NOTHING_LOADS = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; sandbox"


@router.get("/result", summary="What was found")
def show_result(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> ResultAnswer:
    """Damages, estimate and, of claims, the proposal; 409 as long as there are none."""
    caller.need(Scope.READ)
    result = service.cases.result(caller.tenant, inspection)
    return ResultAnswer(
        revision=result.revision,
        made=result.made,
        inspection=dict(result.inspection),
        damages=None if result.damages is None else [dict(one) for one in result.damages],
        estimate=dict(result.estimate),
        settlement=None if result.settlement is None else dict(result.settlement),
    )


@router.get("/report.pdf", summary="The report for print", response_class=Response)
def report_pdf(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> Response:
    """Photos with their damages, car map, estimate and proposal; faces and number plates are hidden."""
    report = service.report(caller, inspection)
    headers = {"Content-Disposition": f'attachment; filename="{inspection}.pdf"'}
    return Response(report.pdf, media_type="application/pdf", headers=headers)


@router.get("/report.html", summary="The report as one page", response_class=Response)
def report_page(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> Response:
    """The same as a page that needs nothing else, and may load and run nothing."""
    report = service.report(caller, inspection)
    headers = {
        "Content-Security-Policy": _NOTHING_LOADS,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(report.page, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/decisions", status_code=status.HTTP_201_CREATED, summary="Decide")
def decide(
    inspection: CaseId, body: DecisionBody, service: ServiceHere, caller: CallerHere, key: IdempotencyKey = None
) -> DecisionAnswer:
    """Keeps a person's decision; earlier ones stay in the record."""
    caller.need(Scope.DECIDE)
    decision = Decision(
        id=new_id("decision"),
        revision=body.revision,
        kind=body.kind,
        amount=None if body.amount is None else str(body.amount),
        currency=body.currency,
        reason=body.reason,
        by=caller.name,
        at=now(),
    )
    return DecisionAnswer.of(service.cases.decide(caller.tenant, inspection, decision, request=request_key(key, body)))


@router.get("/decisions", summary="List the decisions")
def list_decisions(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> list[DecisionAnswer]:
    """The decisions, the first one first; the last one that stands counts."""
    caller.need(Scope.READ)
    return [DecisionAnswer.of(one) for one in service.cases.all_decisions(caller.tenant, inspection)]


@router.get("/events", summary="All that happened")
def list_events(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> list[EventAnswer]:
    """The audit trail: who did what, and when."""
    caller.need(Scope.READ)
    return [EventAnswer.of(one) for one in service.cases.events(caller.tenant, inspection)]
