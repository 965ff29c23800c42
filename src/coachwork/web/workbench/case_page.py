"""The page of a case, and what people do on it."""

import json
import math
import secrets
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi import status as status_codes
from fastapi.responses import HTMLResponse, RedirectResponse

from coachwork.api.context import ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.cases.access import NotAllowed
from coachwork.cases.case import Decision, DecisionKind
from coachwork.cases.corrections import MOST_POINTS, Correction, CorrectionKind, Mark
from coachwork.cases.messages import Sender
from coachwork.cases.people import Person, Session
from coachwork.cases.problems import CaseBusy, CaseChanged, CaseNotReady, CaseRefused, UnknownCase
from coachwork.casework.service import Service
from coachwork.errors import CoachworkError
from coachwork.estimates.work_changes import WAY_OF
from coachwork.inspections.views import PhotoView
from coachwork.reasons import said
from coachwork.taxonomy import CarPart, DamageType, Item, Severity
from coachwork.web.wording import reason_of
from coachwork.web.workbench.case_view import case_view
from coachwork.web.workbench.form_fields import amount_of, chosen, views_of_form, whole_number
from coachwork.web.workbench.signed_in import FormHere, SessionHere
from coachwork.web.workbench.words import work_page
from coachwork.web.workbench.work_forms import CHOSEN_BY_HAND, work_of_form

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_NO_PART = "none"
_REFUSED: Mapping[type[CoachworkError], tuple[int, str]] = {
    CaseChanged: (status_codes.HTTP_412_PRECONDITION_FAILED, "changed"),
    CaseBusy: (status_codes.HTTP_409_CONFLICT, "busy"),
    CaseNotReady: (status_codes.HTTP_409_CONFLICT, "not_ready"),
    NotAllowed: (status_codes.HTTP_403_FORBIDDEN, "not_allowed"),
}


@router.get("/workbench/cases/{inspection}")
def show_case(inspection: CaseId, request: Request, service: ServiceHere, session: SessionHere) -> HTMLResponse:
    """The case as it stands."""
    return case_page(request, service, session, inspection, None)


@router.post("/workbench/cases/{inspection}/corrections")
def correct(
    inspection: CaseId, request: Request, service: ServiceHere, session: SessionHere, form: FormHere
) -> Response:
    """Corrects a damage, adds one, or undoes a correction."""
    person = session.person
    try:
        service.desk.correct(person, inspection, _correction(service, person, inspection, form))
    except CoachworkError as refused:
        return case_page(request, service, session, inspection, refused)
    return _back(inspection, form)


@router.post("/workbench/cases/{inspection}/decisions")
def decide(
    inspection: CaseId, request: Request, service: ServiceHere, session: SessionHere, form: FormHere
) -> Response:
    """Decides on the results that lay before the person."""
    try:
        kind = chosen(form, "kind", DecisionKind)
        decision = service.desk.decide(
            session.person,
            inspection,
            kind,
            revision=whole_number(form, "revision"),
            amount=amount_of(form.get("amount", "")),
            reason=form.get("reason", ""),
        )
        if kind is DecisionKind.MORE_PHOTOS:
            _ask_for_photos(service, session.person, inspection, decision, views_of_form(form))
    except CoachworkError as refused:
        return case_page(request, service, session, inspection, refused)
    return _back(inspection, form)


def _ask_for_photos(
    service: Service, person: Person, case_id: str, decision: Decision, views: tuple[PhotoView, ...]
) -> None:
    """Tells the customer which photos are asked for; once for each decision."""
    service.messages.write(
        person.tenant,
        case_id,
        sender=Sender.DESK,
        by=person.login,
        text=decision.reason,
        views=views,
        request_key=decision.id,
    )


@router.post("/workbench/cases/{inspection}/decisions/{decision}")
def approve(
    inspection: CaseId,
    decision: Annotated[str, Path(max_length=64)],
    *,
    request: Request,
    service: ServiceHere,
    session: SessionHere,
    form: FormHere,
) -> Response:
    """Lets an offer stand, or refuses it."""
    agreed = form.get("approved") == "yes"
    try:
        service.desk.approve(session.person, inspection, decision, approved=agreed, reason=form.get("reason", ""))
    except CoachworkError as refused:
        return case_page(request, service, session, inspection, refused)
    return _back(inspection, form)


def case_page(
    request: Request,
    service: Service,
    session: Session,
    case_id: str,
    refused: CoachworkError | None,
    *,
    new_link: str = "",
) -> HTMLResponse:
    """The page, with what was refused on it; what is not the person's to see stays an error.

    Args:
        request: that is answered.
        service: that keeps the case.
        session: of whoever asks.
        case_id: of the case.
        refused: what was not done; None where nothing was refused.
        new_link: address of a private link that was just made.

    Raises:
        UnknownCase: the tenant has none of that name.
    """
    if isinstance(refused, UnknownCase):
        raise refused
    view = case_view(service, session.person, case_id)
    status, kind = 200, None
    if refused is not None:
        status, kind = _REFUSED.get(type(refused), (status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "refused"))
    return work_page(
        request,
        "case.html.j2",
        session,
        status=status,
        view=view,
        refused=kind,
        detail="" if refused is None else reason_of(refused),
        types=list(DamageType),
        parts=list(CarPart),
        severities=list(Severity),
        kinds=list(DecisionKind),
        four_eyes_above=service.settings.four_eyes_above,
        operations=CHOSEN_BY_HAND,
        ways=list(WAY_OF),
        items=list(Item),
        photo_views=list(PhotoView),
        message_key=secrets.token_urlsafe(16),
        new_link=new_link,
    )


def _back(case_id: str, form: Mapping[str, str]) -> Response:
    """To the page anew; the photo that was looked at is shown again."""
    photo = form.get("photo_number", "")
    place = f"#photo-{photo}" if photo.isascii() and photo.isdigit() and len(photo) < 5 else ""
    return RedirectResponse(f"/workbench/cases/{case_id}{place}", status_code=303)


def _correction(service: Service, person: Person, case_id: str, form: Mapping[str, str]) -> Correction:
    kind = chosen(form, "kind", CorrectionKind)
    if kind is CorrectionKind.WORK:
        return work_of_form(form)
    added, changed = kind is CorrectionKind.ADD, kind is CorrectionKind.CHANGE
    told, part = added or changed, form.get("part", "")
    unknown = part == _NO_PART
    return Correction(
        kind=kind,
        revision=whole_number(form, "revision"),
        damage="" if added else form.get("damage", "")[:128],
        type=chosen(form, "type", DamageType) if told else None,
        part=chosen(form, "part", CarPart) if told and part and not unknown else None,
        no_part=changed and unknown,
        severity=chosen(form, "severity", Severity) if told and form.get("severity") else None,
        mark=_mark(service, person, case_id, form) if added or (changed and form.get("outline")) else None,
        undoes=whole_number(form, "undoes") if kind is CorrectionKind.UNDO else None,
        reason=form.get("reason", "").strip(),
    )


def _mark(service: Service, person: Person, case_id: str, form: Mapping[str, str]) -> Mark:
    """The outline that was drawn, cut at the photo's edges."""
    photos = {one.id: one for one in service.cases.photos(person.tenant, case_id)}
    photo = photos.get(form.get("photo", ""))
    if photo is None:
        message = said("refused.photo_gone")
        raise CaseRefused(message)
    try:
        told = json.loads(form.get("outline", ""))
        points = [(float(x), float(y)) for x, y in told[: MOST_POINTS + 1]]
    except (ValueError, TypeError, KeyError, RecursionError):
        points = []
    if not points or not all(math.isfinite(edge) for point in points for edge in point):
        message = said("refused.outline_unread")
        raise CaseRefused(message)
    width, height = photo.size.width, photo.size.height
    cut = tuple((round(min(max(x, 0.0), width), 1), round(min(max(y, 0.0), height), 1)) for x, y in points)
    return Mark(sha256=photo.sha256, outline=cut)
