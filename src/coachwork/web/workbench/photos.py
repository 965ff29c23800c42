"""Photos as people look at them: upright, encoded anew, with nothing in them but what is seen; and the report."""

import threading
from typing import Annotated

from fastapi import APIRouter, Path, Response

from coachwork.api.context import ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.cases.people import Right
from coachwork.cases.problems import UnknownCase
from coachwork.photos.reading import read_photo
from coachwork.reports.display import display_copy
from coachwork.reports.pictures import jpeg_of
from coachwork.web.workbench.signed_in import PersonHere

router = APIRouter(include_in_schema=False)

SIZES = {"small": 320, "large": 1600, "full": 4096}
"""Name in the address -> pixels of the longer side, at most."""

_AT_ONCE = threading.BoundedSemaphore(3)
_KEPT = "private, max-age=3600"


@router.get("/workbench/cases/{inspection}/report.pdf")
def report(inspection: CaseId, service: ServiceHere, person: PersonHere) -> Response:
    """The report of a case, as it stands after corrections."""
    person.need(Right.READ)
    made = service.report(person.caller, inspection)
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
    with _AT_ONCE:
        kept = service.photo_store.get(person.tenant, found.sha256)
        pixels = read_photo(kept, name=found.name, min_side=SIZES[size]).pixels
        data = jpeg_of(display_copy(pixels, SIZES[size]))
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": _KEPT})
