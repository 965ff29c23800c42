"""A condition report for whoever has its link: read only, nothing of the person who sells, nothing kept by browsers."""

import importlib.util
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from coachwork.api.context import ServiceHere
from coachwork.cases.listing import ReportLink, UnknownReport
from coachwork.casework.service import Service
from coachwork.casework.valuing import Valued
from coachwork.web.customer.context import CustomerLimits, address_of
from coachwork.web.market.report_contents import condition_report, report_picture
from coachwork.web.pages import page, strings_for
from coachwork.web.wording import wording
from coachwork.web.workbench.words import Words

router = APIRouter(prefix="/r/{token}", include_in_schema=False, default_response_class=HTMLResponse)

_STRICT = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive, noimageindex",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whoever holds a link to a report.

    Attributes:
        service: that answers.
        link: what it leads to.
        home: path of the report.
    """

    service: Service
    link: ReportLink
    home: str

    @property
    def valued(self) -> Valued:
        """The case by the terms of the link, without the car's plate and VIN."""
        valued = self.service.market.valuer.value(self.link.tenant, self.link.case, self.link.terms, anonymous=True)
        case = valued.case
        car = case.facts.vehicle
        facts = replace(case.facts, reference="", vehicle=None if car is None else replace(car, vin="", plate=""))
        return replace(valued, case=replace(case, facts=facts))


def the_reader(request: Request, service: ServiceHere, token: Annotated[str, Path(max_length=256)]) -> Reader:
    """Whoever holds the link of the address.

    Raises:
        UnknownReport: there is none of that token, or it is good no more.
        TooManyRequests: too much was asked for with the link, or from an address without one.
    """
    limits: CustomerLimits = request.app.state.customer_limits
    try:
        link = service.market.links.find(token)
    except UnknownReport:
        limits.strangers.take(address_of(request))
        raise
    limits.links.take(link.id)
    return Reader(service=service, link=link, home=f"/r/{token}")


ReaderHere = Annotated[Reader, Depends(the_reader)]


@router.get("")
def shared_report(request: Request, reader: ReaderHere) -> HTMLResponse:
    """The report."""
    words = Words(strings_for(request))
    return page(
        request,
        "market/shared.html.j2",
        headers=_STRICT,
        report=condition_report(reader.service, reader.valued),
        amounts=reader.link.amounts,
        ends=reader.link.ends,
        pictures=f"{reader.home}/pictures",
        home=reader.home,
        pdf=importlib.util.find_spec("typst") is not None,
        **{name: getattr(words, name) for name in ("term", "money", "percent", "moment", "charge")},
    )


@router.get("/pictures/{place}.jpg")
def shared_picture(place: Annotated[int, Path(ge=1, le=9999)], reader: ReaderHere) -> Response:
    """A photo with its damages, encoded anew, faces and number plates hidden."""
    data = report_picture(reader.service, reader.link.tenant, reader.link.case, place)
    if data is None:
        return Response(status_code=404)
    return Response(data, media_type="image/jpeg", headers=_STRICT)


@router.get("/report.pdf")
def shared_pdf(request: Request, reader: ReaderHere) -> Response:
    """The report for print, without plate, VIN, reference and names of files."""
    link, w = reader.link, wording(strings_for(request).language)
    made = reader.service.condition_report(link.tenant, link.case, link.terms, shared=True, amounts=link.amounts, w=w)
    headers = _STRICT | {"Content-Disposition": 'attachment; filename="condition-report.pdf"'}
    return Response(made.pdf, media_type="application/pdf", headers=headers)
