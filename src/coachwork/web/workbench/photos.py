"""Photos as people look at them: upright, encoded anew, with nothing in them but what is seen; and the report."""

import threading
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from coachwork.api.context import ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.cases.case import CasePhoto
from coachwork.cases.people import Right
from coachwork.cases.problems import UnknownCase
from coachwork.casework.service import Service
from coachwork.photos.reading import read_photo
from coachwork.reports.car.pictures import Finder, derived_pixels
from coachwork.reports.display import display_copy
from coachwork.reports.pictures import jpeg_of
from coachwork.web.pages import strings_for
from coachwork.web.wording import wording
from coachwork.web.workbench.signed_in import PersonHere

router = APIRouter(include_in_schema=False)

SIZES = {"small": 320, "large": 1600, "full": 4096}
"""Name in the address -> pixels of the longer side, at most."""

HIDDEN_PX = 1000
_AT_ONCE = threading.BoundedSemaphore(3)
KEPT = "private, max-age=3600"


@router.get("/workbench/cases/{inspection}/report.pdf")
def report(request: Request, inspection: CaseId, service: ServiceHere, person: PersonHere) -> Response:
    """The report of a case, as it stands after corrections."""
    person.need(Right.READ)
    made = service.report(person.caller, inspection, wording(strings_for(request).language))
    headers = {"Content-Disposition": f'attachment; filename="{inspection}.pdf"', "Cache-Control": "no-store"}
    return Response(made.pdf, media_type="application/pdf", headers=headers)


@router.get("/workbench/cases/{inspection}/photos/{photo}/{size}.jpg")
def shown_photo(
    inspection: CaseId,
    photo: Annotated[str, Path(max_length=64)],
    size: Annotated[str, Path(pattern="^(small|large|full)$")],
    service: ServiceHere,
    person: PersonHere,
) -> Response:
    """A photo of a case of the person's tenant."""
    person.need(Right.READ)
    found = next((one for one in service.cases.photos(person.tenant, inspection) if one.id == photo), None)
    if found is None:
        message = f"the case has no photo {photo!r}"
        raise UnknownCase(message)
    data = made_once(service, person.tenant, found, size, lambda: _picture(service, person.tenant, found, SIZES[size]))
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": KEPT})


def hidden_picture(service: Service, tenant: str, photo: CasePhoto) -> bytes:
    """A photo with faces and number plates hidden, as far as their finders are installed.

    Raises:
        PhotoStoreError: it cannot be read.
    """
    finder = service.private_regions
    return made_once(
        service, tenant, photo, "hidden", lambda: _picture(service, tenant, photo, HIDDEN_PX, finder=finder)
    )


def made_once(service: Service, tenant: str, photo: CasePhoto, kind: str, make: Callable[[], bytes]) -> bytes:
    """A picture of a photo, from this machine's disk where it lies there; nothing stays of a photo that is gone.

    Raises:
        PhotoStoreError: the photo cannot be read.
    """
    known = service.pictures.get(tenant, photo.sha256, kind)
    if known is not None:
        return known
    with _AT_ONCE:
        data = make()
    service.pictures.put(tenant, photo.sha256, kind, data)
    if not service.photo_store.holds(tenant, photo.sha256):
        service.pictures.drop(tenant, photo.sha256)
    return data


def _picture(service: Service, tenant: str, photo: CasePhoto, longest: int, *, finder: Finder | None = None) -> bytes:
    kept = service.photo_store.get(tenant, photo.sha256)
    pixels, _ = derived_pixels(read_photo(kept, name=photo.name, min_side=longest), finder)
    return jpeg_of(display_copy(pixels, longest))
