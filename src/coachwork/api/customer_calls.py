"""What programs do for customers: make private links, read answers; and uploads that survive a poor network."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Body, Header, Path, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field, model_validator

from coachwork.api.bodies import PhotoAnswer
from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.direct_puts import PUT_PREFIX
from coachwork.api.inspections import CaseId
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Scope
from coachwork.cases.case import CasePhoto
from coachwork.cases.customer import AnswerKind, CustomerAnswer, Upload, UploadRefused
from coachwork.casework.direct_uploads import PutOffer
from coachwork.casework.service import Service
from coachwork.settings import MEGABYTE

router = APIRouter(prefix="/v1/inspections/{inspection}", tags=["customers"], responses=RESPONSES)

UploadId = Annotated[str, Path(pattern=r"^upload_[0-9a-z]{26}$")]
PartBytes = Annotated[bytes, Body(media_type="application/offset+octet-stream", description="The bytes of the part.")]
MediaType = Literal["image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"]
PartOffset = Annotated[int, Header(alias="Upload-Offset", ge=0, description="Byte at which the part begins.")]


class LinkBody(BaseModel):
    """What a private link is to be."""

    model_config = ConfigDict(extra="forbid")

    days: int | None = Field(default=None, ge=1, le=3660, description="How long it is good for; COACHWORK_LINK_DAYS.")


class LinkAnswer(BaseModel):
    """A private link; told once."""

    url: str = Field(examples=["https://cases.example.org/c/3q2-7w..."])
    ends: datetime


class UploadBody(BaseModel):
    """A photo that is to come in parts."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)] = ""
    bytes: int = Field(ge=1, description="Of the whole file.")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="Of the whole file; with it an upload that broke off is found again, and checked."
    )


class DirectUploadBody(UploadBody):
    """A photo that is to come in parts, or is put to an address as a whole."""

    direct: bool = Field(default=False, description="Whether the photo is put to `put.url`, and then completed.")
    media_type: MediaType = Field(default="image/jpeg", description="Of a photo that is put.")

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.direct and self.sha256 is None:
            message = "tell the sha256 of a photo that is to be put: the address is good for these bytes alone"
            raise ValueError(message)
        return self


class PutAnswer(BaseModel):
    """How a photo is sent."""

    method: Literal["PUT"] = "PUT"
    url: str = Field(description="Signed: it needs no key, and nothing else may be done with it.")
    headers: dict[str, str] = Field(description="That must come with the photo, as they are.")
    ends: datetime
    bucket: bool = Field(description="Whether the address leads into the photos' bucket, past this service.")


class UploadAnswer(BaseModel):
    """How an upload stands."""

    id: str
    bytes: int
    offset: int = Field(description="Bytes that are durable; the next part begins there.")
    photo: PhotoAnswer | None = Field(description="The photo, once the upload is whole.")
    put: PutAnswer | None = Field(default=None, description="Where the photo is put, where `direct` asked for it.")

    @classmethod
    def of(cls, upload: Upload, photo: CasePhoto | None) -> "UploadAnswer":
        """The answer that tells of an upload."""
        told = None if photo is None else PhotoAnswer.of(photo, new=True)
        return cls(id=upload.id, bytes=upload.bytes, offset=upload.offset, photo=told)


class CustomerAnswerAnswer(BaseModel):
    """What the customer said."""

    id: str
    revision: int
    kind: AnswerKind
    offer: dict[str, Any] | None = Field(description="What was accepted: amount, currency, decision.")
    text: str
    at: datetime

    @classmethod
    def of(cls, one: CustomerAnswer) -> "CustomerAnswerAnswer":
        """The answer that tells of an answer."""
        offer = one.offer
        told = None if offer is None else {k: getattr(offer, k) for k in ("amount", "currency", "decision")}
        return cls(id=one.id, revision=one.revision, kind=one.kind, offer=told, text=one.text, at=one.at)


@router.post("/link", status_code=status.HTTP_201_CREATED, summary="Make a private link for the customer")
def make_link(
    inspection: CaseId, service: ServiceHere, caller: CallerHere, request: Request, body: LinkBody | None = None
) -> LinkAnswer:
    """A link by which the customer tells what happened, sends photos, follows the case, accepts or objects."""
    caller.need(Scope.WRITE)
    days = service.settings.link_days if body is None or body.days is None else body.days
    link, token = service.customers.links.make(caller.tenant, inspection, by=caller.name, days=days)
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    return LinkAnswer(url=f"{base}/c/{token}", ends=link.ends)


@router.delete("/link", status_code=status.HTTP_204_NO_CONTENT, summary="Revoke the private links")
def revoke_links(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> None:
    """No private link to the inspection is good from now on."""
    caller.need(Scope.WRITE)
    service.customers.links.revoke(caller.tenant, inspection, by=caller.name)


@router.get("/answers", summary="What the customer said")
def list_answers(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> list[CustomerAnswerAnswer]:
    """Acceptances and objections, the first one first."""
    caller.need(Scope.READ)
    return [CustomerAnswerAnswer.of(one) for one in service.customers.answers.all(caller.tenant, inspection)]


@router.post("/uploads", status_code=status.HTTP_201_CREATED, summary="Begin a photo that comes in parts")
def begin_upload(
    inspection: CaseId, body: DirectUploadBody, service: ServiceHere, caller: CallerHere, request: Request
) -> UploadAnswer:
    """Begins an upload, or finds the one that broke off with the same `sha256`: go on at its `offset`.

    With `direct` the answer tells by `put` where the whole photo is put; `complete` then makes it a photo.
    """
    caller.need(Scope.WRITE)
    check_length(service, body.bytes)
    if body.direct and body.sha256 is not None:
        offer = service.direct_uploads.begin(
            caller, inspection, name=body.name, size=body.bytes, sha256=body.sha256, media_type=body.media_type
        )
        answer = UploadAnswer.of(offer.upload, None)
        return answer.model_copy(update={"put": _put(service, request, offer, body.media_type)})
    upload = service.customers.uploads.begin(
        caller.tenant, inspection, name=body.name, size=body.bytes, sha256=body.sha256
    )
    return UploadAnswer.of(upload, None)


@router.post("/uploads/{upload}/complete", summary="Make what was put a photo")
def complete_upload(inspection: CaseId, upload: UploadId, service: ServiceHere, caller: CallerHere) -> PhotoAnswer:
    """Looks at what came: its length, digest, and that it is a photo. It is durable when this is answered."""
    caller.need(Scope.WRITE)
    before = {one.id for one in service.cases.photos(caller.tenant, inspection)}
    photo = service.direct_uploads.complete(caller, inspection, upload)
    return PhotoAnswer.of(photo, new=photo.id not in before)


@router.head("/uploads/{upload}", summary="Where an upload stands", response_class=Response)
def upload_offset(inspection: CaseId, upload: UploadId, service: ServiceHere, caller: CallerHere) -> Response:
    """`Upload-Offset` and `Upload-Length` as headers."""
    caller.need(Scope.WRITE)
    service.cases.case(caller.tenant, inspection)
    return offset_headers(service.customers.uploads.find(inspection, upload))


@router.patch("/uploads/{upload}", summary="Send one more part")
def append_part(
    inspection: CaseId,
    upload: UploadId,
    service: ServiceHere,
    caller: CallerHere,
    *,
    offset: PartOffset,
    data: PartBytes = b"",
) -> UploadAnswer:
    """Durable before it is answered; the last part makes the photo. 409 tells by `offset` where to go on instead."""
    service.cases.case(caller.tenant, inspection)
    return UploadAnswer.of(*service.customers.append(caller, inspection, upload, offset=offset, data=data))


def check_length(service: Service, size: int) -> None:
    """Nothing, where a photo may be so long.

    Raises:
        UploadRefused: it may not.
    """
    most = service.settings.most_upload_mb
    if size > most * MEGABYTE:
        message = f"a photo may hold {most} MB: send a smaller one"
        raise UploadRefused(message)


def _put(service: Service, request: Request, offer: PutOffer, media_type: str) -> PutAnswer:
    if offer.put is not None:
        return PutAnswer(url=offer.put.url, headers=dict(offer.put.headers), ends=offer.ends, bucket=True)
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    headers = {"Content-Type": media_type}
    return PutAnswer(url=f"{base}{PUT_PREFIX}/{offer.token}", headers=headers, ends=offer.ends, bucket=False)


def offset_headers(upload: Upload) -> Response:
    """Where an upload stands, as headers."""
    told = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.bytes), "Cache-Control": "no-store"}
    return Response(headers=told)
