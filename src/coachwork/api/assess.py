"""One photo, assessed while the caller waits; nothing is kept."""

from typing import Annotated, Any

from fastapi import APIRouter, File, UploadFile

from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.problems import RESPONSES

router = APIRouter(prefix="/v1", tags=["photos"], responses=RESPONSES)


@router.post("/assess", summary="Assess one photo")
def assess(
    photo: Annotated[UploadFile, File(description="A photo: JPEG, PNG, WebP or HEIC.")],
    service: ServiceHere,
    caller: CallerHere,
) -> dict[str, Any]:
    """The photo's damages as `coachwork.assessment/1`."""
    return dict(service.assess(caller, photo.file.read(), photo.filename or ""))
