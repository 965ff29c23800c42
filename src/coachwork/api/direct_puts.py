"""Where photos are put that come as a whole: the address is the only key, as a bucket's signed ones are."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status
from starlette.concurrency import run_in_threadpool

from coachwork.api.context import ServiceHere
from coachwork.api.problems import RESPONSES
from coachwork.cases.customer import UploadRefused

PUT_PREFIX = "/v1/uploads"

router = APIRouter(prefix=PUT_PREFIX, tags=["customers"], responses=RESPONSES)

_BODY = {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}, "required": True}


@router.put(
    "/{token}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Put a photo",
    response_class=Response,
    openapi_extra={"requestBody": _BODY},
)
async def put_photo(
    token: Annotated[str, Path(min_length=1, max_length=128)], request: Request, service: ServiceHere
) -> Response:
    """Takes the bytes of the upload that the address was told for; nothing is a photo before it is completed."""
    store = service.direct_uploads.store
    upload = await run_in_threadpool(store.find, token)
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > upload.bytes:
            break
    if len(data) != upload.bytes:
        message = f"the upload has {upload.bytes} bytes: put as many as were told"
        raise UploadRefused(message)
    await run_in_threadpool(store.receive, upload, bytes(data))
    return Response(status_code=status.HTTP_204_NO_CONTENT)
