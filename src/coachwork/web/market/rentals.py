"""Check-out and check-in of rented cars: pairs of inspections, their comparison, what people say against it."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi import status as status_codes
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

from coachwork.api.comparisons import ComparisonId
from coachwork.api.context import ServiceHere
from coachwork.cases.comparison import Comparison, MarkKind, PairMark, UnknownComparison
from coachwork.cases.people import Right, Session
from coachwork.cases.problems import CaseChanged, CaseRefused
from coachwork.casework.service import Service
from coachwork.errors import CoachworkError
from coachwork.storage.case_store import MOST_PHOTOS
from coachwork.web.market.comparison_pictures import change_picture
from coachwork.web.market.comparison_view import comparison_view
from coachwork.web.market.market_page import ScriptHere, market_page
from coachwork.web.pages import strings_for
from coachwork.web.wording import reason_of
from coachwork.web.workbench.signed_in import FormHere, PersonHere, SessionHere

router = APIRouter(prefix="/workbench/rentals", include_in_schema=False, default_response_class=HTMLResponse)

PAGE = 25
_MOST_PLACES = 100


class PairBody(BaseModel):
    """Two cases that are to be compared."""

    model_config = ConfigDict(extra="forbid")

    before: str
    after: str
    reference: str = ""
    charges: str = ""


@router.get("")
def rentals(
    request: Request,
    service: ServiceHere,
    session: SessionHere,
    *,
    text: Annotated[str, Query(alias="q", max_length=100)] = "",
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """A page of comparisons, and pairs that nobody compared yet."""
    person = session.person
    person.need(Right.READ)
    store = service.market.comparisons
    found = store.page(person.tenant, before=after or None, text=text, limit=PAGE + 1)
    kept = {"q": text} if text else {}
    return market_page(
        request,
        "rentals.html.j2",
        session,
        found=found[:PAGE],
        pairs=store.uncompared(person.tenant)[:PAGE] if not after and not text else [],
        text=text,
        choices=service.market.valuer.tables.choices(person.tenant),
        own_charges=service.market.valuer.terms(person.tenant).charges,
        more=None if len(found) <= PAGE else urlencode(kept | {"after": found[PAGE - 1].id}),
        first=urlencode(kept) if after else None,
    )


@router.get("/add")
def add_page(request: Request, service: ServiceHere, session: SessionHere) -> HTMLResponse:
    """Where the photos of a check-out and of a check-in are dropped."""
    person = session.person
    person.need(Right.CORRECT)
    t = strings_for(request)
    return market_page(
        request,
        "rental_add.html.j2",
        session,
        choices=service.market.valuer.tables.choices(person.tenant),
        own_charges=service.market.valuer.terms(person.tenant).charges,
        most_photos=MOST_PHOTOS,
        script={
            "csrf": session.csrf,
            "mostPhotos": MOST_PHOTOS,
            "mostBytes": service.settings.most_upload_mb * 2**20,
            "t": t.some("market.script") | {f"refused.{key}": text for key, text in t.some("customer.refused").items()},
        },
    )


@router.post("/compare", status_code=201)
def compare_by_script(body: PairBody, service: ServiceHere, session: ScriptHere) -> JSONResponse:
    """Asks for a comparison; it begins when both cases have results."""
    one = service.market.compare(
        session.person.caller,
        before=body.before,
        after=body.after,
        reference=body.reference[:200],
        charges=body.charges,
    )
    return JSONResponse({"id": one.id}, status_code=201)


@router.post("")
def compare(service: ServiceHere, session: SessionHere, form: FormHere) -> Response:
    """Asks for a comparison of two cases that are there."""
    one = service.market.compare(
        session.person.caller,
        before=form.get("before", ""),
        after=form.get("after", ""),
        reference=form.get("reference", "")[:200],
        charges=form.get("charges", ""),
    )
    return RedirectResponse(f"/workbench/rentals/{one.id}", status_code=303)


@router.get("/{comparison}")
def show_comparison(
    comparison: ComparisonId, request: Request, service: ServiceHere, session: SessionHere
) -> HTMLResponse:
    """The comparison, photo beside photo."""
    return _comparison_page(request, service, session, comparison, None)


@router.get("/{comparison}/pictures/{side}/{place}.jpg")
def picture(
    comparison: ComparisonId,
    side: Annotated[str, Path(pattern="^(before|after)$")],
    place: Annotated[int, Path(ge=0, le=9999)],
    service: ServiceHere,
    person: PersonHere,
) -> Response:
    """What one inspection shows of a change, by the change's place in what the program found."""
    person.need(Right.READ)
    one = service.market.comparisons.comparison(person.tenant, comparison)
    data = change_picture(service, one, place, side)
    if data is None:
        return Response(status_code=404)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.post("/{comparison}/marks")
def mark(
    comparison: ComparisonId, request: Request, service: ServiceHere, session: SessionHere, form: FormHere
) -> Response:
    """Keeps what a person says of a pair."""
    session.person.need(Right.CORRECT)
    try:
        service.market.comparisons.mark(session.person.tenant, comparison, _mark(form), by=session.person.login)
    except UnknownComparison:
        raise
    except CoachworkError as refused:
        return _comparison_page(request, service, session, comparison, refused)
    return RedirectResponse(f"/workbench/rentals/{comparison}#changes", status_code=303)


def _comparison_page(
    request: Request, service: Service, session: Session, comparison_id: str, refused: CoachworkError | None
) -> HTMLResponse:
    person = session.person
    person.need(Right.READ)
    one: Comparison = service.market.comparisons.comparison(person.tenant, comparison_id)
    changed = isinstance(refused, CaseChanged)
    status = 200
    if refused is not None:
        status = status_codes.HTTP_412_PRECONDITION_FAILED if changed else status_codes.HTTP_422_UNPROCESSABLE_CONTENT
    return market_page(
        request,
        "comparison.html.j2",
        session,
        status=status,
        view=comparison_view(service, one),
        refused=None if refused is None else ("changed" if changed else "refused"),
        detail="" if refused is None else reason_of(refused),
        editable=person.may(Right.CORRECT),
    )


def _mark(form: Mapping[str, str]) -> PairMark:
    kind = form.get("kind", "")
    if kind not in list(MarkKind):
        message = "choose what the pair is"
        raise CaseRefused(message)
    return PairMark(
        kind=MarkKind(kind),
        revision=_whole(form, "revision"),
        before=_places(form.get("before", "")),
        after=_places(form.get("after", "")),
        undoes=_whole(form, "undoes") if kind == MarkKind.UNDO else None,
        reason=form.get("reason", "")[:2000],
    )


def _places(text: str) -> tuple[int, ...]:
    told = [one.strip() for one in text.split(",") if one.strip()]
    if len(told) > _MOST_PLACES or not all(one.isascii() and one.isdigit() and len(one) < 6 for one in told):
        message = "the page is of another version: load it anew"
        raise CaseRefused(message)
    return tuple(int(one) for one in told)


def _whole(form: Mapping[str, str], key: str) -> int:
    value = form.get(key, "")
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        message = "the page is of another version: load it anew"
        raise CaseRefused(message)
    return int(value)
