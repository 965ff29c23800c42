"""What a car's condition is worth, lots of listings, and links to reports that anybody may read."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Caller, Scope
from coachwork.cases.listing import Lot, ReportLink, Terms
from coachwork.casework.listing_csv import lot_csv
from coachwork.casework.service import Service
from coachwork.storage.report_link_store import MOST_DAYS

router = APIRouter(prefix="/v1", tags=["marketplace"], responses=RESPONSES)

TableName = Annotated[str | None, Query(max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")]
LotId = Annotated[str, Path(pattern=r"^lot_[0-9a-z]{26}$")]
LinkId = Annotated[str, Path(pattern=r"^report_[0-9a-z]{26}$")]
DEFAULT_DAYS = 30


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ShareBody(_Body):
    """What a shared report is to be."""

    days: int = Field(default=DEFAULT_DAYS, ge=1, le=MOST_DAYS, description="How long the link is good for.")
    amounts: bool = Field(default=True, description="Whether deduction and estimate are told.")


class ReportLinkAnswer(BaseModel):
    """A link to a report."""

    id: str
    url: str | None = Field(description="Told once, by the call that makes the link.")
    amounts: bool
    made_by: str
    made: datetime
    ends: datetime
    withdrawn: datetime | None

    @classmethod
    def of(cls, link: ReportLink, url: str | None = None) -> "ReportLinkAnswer":
        """The answer that tells of a link."""
        told = {name: getattr(link, name) for name in ("id", "amounts", "made_by", "made", "ends", "withdrawn")}
        return cls(url=url, **told)


class LotBody(_Body):
    """A lot that is to be."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["auction 48"])]


class LotAnswer(BaseModel):
    """A lot of listings."""

    id: str
    name: str
    made: datetime
    listings: int

    @classmethod
    def of(cls, lot: Lot) -> "LotAnswer":
        """The answer that tells of a lot."""
        return cls(id=lot.id, name=lot.name, made=lot.made, listings=lot.listings)


@router.get("/inspections/{inspection}/valuation", summary="Grade and deduction", response_model=dict[str, Any])
def show_valuation(
    inspection: CaseId,
    service: ServiceHere,
    caller: CallerHere,
    *,
    response: Response,
    scheme: TableName = None,
    policy: TableName = None,
    method: TableName = None,
    charges: TableName = None,
    known: Annotated[str | None, Header(alias="If-None-Match", description="The ETag that you hold.")] = None,
) -> Any:
    """`coachwork.valuation/1` by the tenant's own terms, or by those that are named; 304 where you hold it."""
    caller.need(Scope.READ)
    terms = _terms(service, caller, scheme=scheme, policy=policy, method=method, charges=charges)
    valued = service.market.valuer.value(caller.tenant, inspection, terms)
    response.headers["ETag"] = valued.etag
    if known is not None and valued.etag in [tag.strip() for tag in known.split(",")]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": valued.etag})
    return dict(valued.valuation)


@router.get("/inspections/{inspection}/valuation.pdf", summary="The report with the valuation", response_class=Response)
def valuation_pdf(
    inspection: CaseId,
    service: ServiceHere,
    caller: CallerHere,
    *,
    scheme: TableName = None,
    policy: TableName = None,
    method: TableName = None,
) -> Response:
    """Photos with their damages, car map, grade and deduction; faces and number plates are hidden."""
    caller.need(Scope.READ)
    terms = _terms(service, caller, scheme=scheme, policy=policy, method=method)
    made = service.condition_report(caller.tenant, inspection, terms)
    headers = {"Content-Disposition": f'attachment; filename="{inspection}-condition.pdf"'}
    return Response(made.pdf, media_type="application/pdf", headers=headers)


@router.post("/inspections/{inspection}/report-links", status_code=status.HTTP_201_CREATED, summary="Share the report")
def share_report(
    inspection: CaseId, service: ServiceHere, caller: CallerHere, request: Request, body: ShareBody | None = None
) -> ReportLinkAnswer:
    """A link by which anybody may read the condition report, without plate, VIN and names of files."""
    caller.need(Scope.WRITE)
    told = body or ShareBody()
    link, token = service.market.links.make(
        caller.tenant,
        inspection,
        by=caller.name,
        days=told.days,
        terms=service.market.valuer.terms(caller.tenant),
        amounts=told.amounts,
    )
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    return ReportLinkAnswer.of(link, f"{base}/r/{token}")


@router.get("/inspections/{inspection}/report-links", summary="List the links to the report")
def list_report_links(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> list[ReportLinkAnswer]:
    """The links, withdrawn ones among them, the latest first; never their addresses."""
    caller.need(Scope.READ)
    return [ReportLinkAnswer.of(link) for link in service.market.links.all(caller.tenant, inspection)]


@router.delete(
    "/inspections/{inspection}/report-links/{link}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Share the report no more",
)
def withdraw_report_link(inspection: CaseId, link: LinkId, service: ServiceHere, caller: CallerHere) -> None:
    """The link is good for nobody from now on."""
    caller.need(Scope.WRITE)
    service.market.links.withdraw(caller.tenant, inspection, link, by=caller.name)


@router.post("/lots", status_code=status.HTTP_201_CREATED, summary="Make a lot of listings")
def make_lot(body: LotBody, service: ServiceHere, caller: CallerHere) -> LotAnswer:
    """The lot of a name; one that is there already is answered."""
    caller.need(Scope.WRITE)
    return LotAnswer.of(service.market.listings.make_lot(caller.tenant, body.name, by=caller.name))


@router.get("/lots", summary="List the lots")
def list_lots(service: ServiceHere, caller: CallerHere) -> list[LotAnswer]:
    """The lots, the latest first."""
    caller.need(Scope.READ)
    return [LotAnswer.of(lot) for lot in service.market.listings.lots(caller.tenant)]


@router.put("/lots/{lot}/inspections/{inspection}", status_code=status.HTTP_204_NO_CONTENT, summary="Put into a lot")
def put_into_lot(lot: LotId, inspection: CaseId, service: ServiceHere, caller: CallerHere) -> None:
    """The inspection is in this lot, and in no other one, from now on."""
    caller.need(Scope.WRITE)
    service.market.listings.put_into_lot(caller.tenant, lot, inspection)


@router.get("/lots/{lot}/listings.csv", summary="A lot as a table", response_class=Response)
def export_lot(lot: LotId, service: ServiceHere, caller: CallerHere) -> Response:
    """A line for each listing: car, verdict, grade, deduction, what was not seen."""
    caller.need(Scope.READ)
    text = lot_csv(service.market, caller.tenant, service.market.listings.lot(caller.tenant, lot))
    headers = {"Content-Disposition": f'attachment; filename="{lot}.csv"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _terms(service: Service, caller: Caller, **told: str | None) -> Terms:
    return service.market.valuer.terms(caller.tenant, **told)
