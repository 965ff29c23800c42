"""A customer's photos: which views are missing, uploads in parts, what is wrong with a photo, handing over."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from coachwork.api.customer_calls import (
    PartBytes,
    PartOffset,
    UploadBody,
    UploadId,
    check_length,
    offset_headers,
)
from coachwork.cases.case import Case, CasePhoto, CaseState
from coachwork.cases.customer import Upload
from coachwork.cases.problems import CaseRefused
from coachwork.inspections.views import PhotoView
from coachwork.photos.problems import PhotoError
from coachwork.photos.quality import MEASURED_SIDE_PX, QualityLimits
from coachwork.web.customer.advice import advice_in, refusal_in
from coachwork.web.customer.answers import has_accepted
from coachwork.web.customer.context import Customer, CustomerHere
from coachwork.web.customer.messaging import thread_values, wanted_views
from coachwork.web.customer.pictures import forget_pictures, thumbnail
from coachwork.web.pages import strings_for
from coachwork.web.problems import wants_page
from coachwork.web.strings import Strings

router = APIRouter(prefix="/c/{token}", include_in_schema=False, default_response_class=HTMLResponse)

_A_DAY = "private, max-age=86400"


@router.get("/photos", response_model=None)
def photos_page(request: Request, customer: CustomerHere, new: Annotated[str, Query(max_length=1)] = "") -> Response:
    """Guided capture; where nothing can be added, the page that says how the case stands."""
    case = customer.case
    if case.state is CaseState.WORKING or has_accepted(customer, case):
        return RedirectResponse(customer.home, status_code=303)
    t = strings_for(request)
    photos = customer.service.cases.photos(case.tenant, case.id)
    removable = _removable(customer, case, photos)
    told = thread_values(customer, case)
    wanted = wanted_views(customer, case, told["thread"])
    script = {
        "home": customer.home,
        "limits": _limits(customer.service.reactions.limits()),
        "photos": [_photo(customer, t, photo) | {"removable": photo.id in removable} for photo in photos],
        "wanted": list(wanted),
        "t": t.some("customer.script")
        | {f"remove.{key}": text for key, text in t.some("contact.remove").items()}
        | {f"camera.{key}": text for key, text in t.some("contact.camera").items()}
        | {"asked": t("contact.asked_tag")}
        | {f"advice.{key}": text for key, text in t.some("customer.advice").items()}
        | {f"refused.{key}": text for key, text in t.some("customer.refused").items()},
    }
    return customer.page(
        request,
        "photos.html.j2",
        case=case,
        photos=photos,
        views=list(PhotoView),
        script=script,
        link=_address(request, customer) if new else None,
        ends=customer.link.ends,
        again=case.revision > 0,
        advice=lambda photo: advice_in(t, photo.advice),
        removable=removable,
        wanted=wanted,
        **told,
    )


@router.post("/photos", response_model=None)
def add_photos(
    request: Request, customer: CustomerHere, photos: Annotated[list[UploadFile], File(alias="photo")]
) -> Response:
    """Adds photos from a plain form, for browsers without scripts."""
    t, refused = strings_for(request), []
    _need_open(customer)
    for photo in photos:
        try:
            customer.service.add_photo(customer.caller, customer.link.case, photo.file.read(), photo.filename or "")
        except PhotoError as problem:
            refused.append((problem.name, refusal_in(t, problem.reason)))
    if refused:
        return customer.page(request, "refused.html.j2", status=422, refused=refused)
    return RedirectResponse(f"{customer.home}/photos", status_code=303)


@router.post("/uploads", status_code=201)
def begin_upload(body: UploadBody, customer: CustomerHere) -> JSONResponse:
    """See `coachwork.api.customer_calls.begin_upload`."""
    _need_open(customer)
    check_length(customer.service, body.bytes)
    link = customer.link
    upload = customer.service.customers.uploads.begin(
        link.tenant, link.case, name=body.name, size=body.bytes, sha256=body.sha256
    )
    return JSONResponse(_upload(upload), status_code=201)


@router.head("/uploads/{upload}")
def upload_offset(upload: UploadId, customer: CustomerHere) -> Response:
    """See `coachwork.api.customer_calls.upload_offset`."""
    return offset_headers(customer.service.customers.uploads.find(customer.link.case, upload))


@router.patch("/uploads/{upload}")
def append_part(
    request: Request, upload: UploadId, customer: CustomerHere, offset: PartOffset, data: PartBytes = b""
) -> JSONResponse:
    """See `coachwork.api.customer_calls.append_part`; the photo is told with advice in the customer's language."""
    _need_open(customer)
    kept, photo = customer.service.customers.append(
        customer.caller, customer.link.case, upload, offset=offset, data=data
    )
    t = strings_for(request)
    return JSONResponse(_upload(kept) | ({} if photo is None else {"photo": _photo(customer, t, photo)}))


@router.get("/views")
def views(customer: CustomerHere) -> JSONResponse:
    """The views that the photos are good for, by photo, as the service sees them."""
    found = customer.service.customers.views(customer.link.tenant, customer.link.case)
    told = {photo: sorted(view.value for view in views) for photo, views in found.items()}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.get("/photos/{photo}/thumbnail")
def photo_thumbnail(photo: str, customer: CustomerHere) -> Response:
    """A photo made small and encoded anew; nothing but the picture is in it."""
    link = customer.link
    found = [one for one in customer.service.cases.photos(link.tenant, link.case) if one.id == photo]
    if not found:
        return Response(status_code=404)
    data = thumbnail(customer.service, link.tenant, found[0])
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": _A_DAY})


@router.post("/photos/{photo}/remove", response_model=None)
def remove_photo(request: Request, photo: Annotated[str, Path(max_length=64)], customer: CustomerHere) -> Response:
    """Takes a photo out that was not handed over yet; its bytes go as well, unless another case shows them."""
    _need_open(customer)
    removed = customer.service.remove_photo(customer.caller, customer.link.case, photo)
    forget_pictures(customer.link.tenant, removed.sha256)
    if wants_page(request):
        return RedirectResponse(f"{customer.home}/photos", status_code=303)
    return Response(status_code=204)


@router.post("/complete")
def complete(customer: CustomerHere) -> RedirectResponse:
    """Hands the case over; again does nothing more."""
    customer.service.submit(customer.caller, customer.link.case)
    return RedirectResponse(customer.home, status_code=303)


def _limits(limits: QualityLimits) -> dict[str, float]:
    """As the page's script wants them."""
    return {
        "side": MEASURED_SIDE_PX,
        "short": limits.short_side_px,
        "brightness": limits.brightness,
        "glare": limits.glare,
        "contrast": limits.contrast,
        "sharpness": limits.sharpness,
    }


def _removable(customer: Customer, case: Case, photos: Sequence[CasePhoto]) -> frozenset[str]:
    """Ids of the photos that were not handed over yet."""
    if case.state not in {CaseState.OPEN, CaseState.FAILED}:
        return frozenset()
    submitted = [] if not case.revision else customer.service.cases.events(case.tenant, case.id)
    last = max((one.at for one in submitted if one.kind == "case.submitted"), default=None)
    return frozenset(photo.id for photo in photos if last is None or photo.added > last)


def _need_open(customer: Customer) -> None:
    if has_accepted(customer, customer.case):
        message = "the offer was accepted: photos are added no more"
        raise CaseRefused(message)


def _address(request: Request, customer: Customer) -> str:
    return (customer.service.settings.public_url or str(request.base_url).rstrip("/")) + customer.home


def _upload(upload: Upload) -> dict[str, Any]:
    return {"id": upload.id, "bytes": upload.bytes, "offset": upload.offset}


def _photo(customer: Customer, t: Strings, photo: CasePhoto) -> dict[str, Any]:
    return {
        "id": photo.id,
        "name": photo.name,
        "usable": photo.usable,
        "advice": advice_in(t, photo.advice),
        "thumbnail": f"{customer.home}/photos/{photo.id}/thumbnail",
        "removable": True,
    }
