"""Messages between the desk and the customer of an inspection, for programs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.inspections import CaseId, IdempotencyKey
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Scope
from coachwork.cases.messages import MOST_LETTERS, Message, Sender
from coachwork.inspections.views import PhotoView

router = APIRouter(prefix="/v1/inspections/{inspection}", tags=["customers"], responses=RESPONSES)


class MessageBody(BaseModel):
    """What the customer is told."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MOST_LETTERS, examples=["Please send us a photo of the rear."])] = ""
    views: list[PhotoView] = Field(default=[], max_length=len(PhotoView), description="That photos are asked for of.")


class MessageAnswer(BaseModel):
    """A message that was kept."""

    number: int
    sender: Sender
    by: str
    text: str
    views: list[PhotoView]
    at: datetime
    unread: bool = Field(description="Whether the customer wrote it and nobody at the desk took note of it.")

    @classmethod
    def of(cls, one: Message, *, unread: bool = False) -> "MessageAnswer":
        """The answer that tells of a message."""
        return cls(
            number=one.number,
            sender=one.sender,
            by=one.by,
            text=one.text,
            views=list(one.views),
            at=one.at,
            unread=unread,
        )


@router.post("/messages", status_code=status.HTTP_201_CREATED, summary="Write to the customer")
def send_message(
    inspection: CaseId, body: MessageBody, service: ServiceHere, caller: CallerHere, key: IdempotencyKey = None
) -> MessageAnswer:
    """The customer reads it on the private page, and answers there; webhooks hear `customer.wrote` then."""
    caller.need(Scope.WRITE)
    kept = service.messages.write(
        caller.tenant,
        inspection,
        sender=Sender.DESK,
        by=caller.name,
        text=body.text,
        views=tuple(body.views),
        request_key=key,
    )
    return MessageAnswer.of(kept)


@router.get("/messages", summary="List the messages")
def list_messages(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> list[MessageAnswer]:
    """What both sides wrote, the first message first."""
    caller.need(Scope.READ)
    thread = service.messages.thread(caller.tenant, inspection)
    return [MessageAnswer.of(one, unread=one in thread.unread) for one in thread.messages]
