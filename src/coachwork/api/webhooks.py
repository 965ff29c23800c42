"""Webhooks: made, listed, removed, and the log of what they were told."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field

from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Scope
from coachwork.cases.problems import CaseRefused
from coachwork.cases.webhook import Delivery, DeliveryState, EventKind, Webhook

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=RESPONSES)

WebhookId = Annotated[str, Path(pattern=r"^hook_[0-9a-z]{26}$")]


class WebhookBody(BaseModel):
    """A webhook to be made."""

    model_config = ConfigDict(extra="forbid")
    url: Annotated[AnyHttpUrl, Field(examples=["https://claims.example.org/coachwork"])]
    kinds: Annotated[list[EventKind], Field(min_length=1, examples=[["case.ready", "case.failed"]])]


class WebhookAnswer(BaseModel):
    """A webhook."""

    id: str
    url: str
    kinds: list[str]
    secret: str | None = Field(description="Signs the messages (Standard Webhooks); told once, when it is made.")
    made: datetime

    @classmethod
    def of(cls, webhook: Webhook, *, with_secret: bool = False) -> "WebhookAnswer":
        """The answer that tells of a webhook."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            kinds=list(webhook.kinds),
            secret=webhook.secret if with_secret else None,
            made=webhook.made,
        )


class DeliveryAnswer(BaseModel):
    """One event on its way to a webhook."""

    id: str = Field(description="Stands in the message as webhook-id.")
    event: int
    kind: str
    state: DeliveryState
    attempts: int
    status: int | None = Field(description="That the receiver answered last.")
    problem: str
    changed: datetime

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryAnswer":
        """The answer that tells of a delivery."""
        return cls(
            id=delivery.id,
            event=delivery.event,
            kind=delivery.kind,
            state=delivery.state,
            attempts=delivery.attempts,
            status=delivery.status,
            problem=delivery.problem,
            changed=delivery.changed,
        )


@router.post("", status_code=status.HTTP_201_CREATED, summary="Be told of events")
def add_webhook(body: WebhookBody, service: ServiceHere, caller: CallerHere) -> WebhookAnswer:
    """Makes a webhook. Messages are signed, tried ten times within three days, and never sent to private addresses."""
    caller.need(Scope.WEBHOOKS)
    if body.url.scheme != "https" and not service.settings.private_webhooks:
        message = "a webhook's address must begin with https://"
        raise CaseRefused(message)
    if body.url.username or body.url.password:
        message = "a webhook's address must hold no user and password: check the signature instead"
        raise CaseRefused(message)
    kinds = [kind for kind in EventKind if kind in body.kinds]
    return WebhookAnswer.of(service.webhooks.add(caller.tenant, str(body.url), kinds), with_secret=True)


@router.get("", summary="List the webhooks")
def list_webhooks(service: ServiceHere, caller: CallerHere) -> list[WebhookAnswer]:
    """The webhooks, without their secrets."""
    caller.need(Scope.WEBHOOKS)
    return [WebhookAnswer.of(webhook) for webhook in service.webhooks.all(caller.tenant)]


@router.delete("/{webhook}", status_code=status.HTTP_204_NO_CONTENT, summary="Remove a webhook")
def remove_webhook(webhook: WebhookId, service: ServiceHere, caller: CallerHere) -> None:
    """Tells the address nothing more; its log stays."""
    caller.need(Scope.WEBHOOKS)
    service.webhooks.remove(caller.tenant, webhook)


@router.get("/{webhook}/deliveries", summary="The log of a webhook")
def list_deliveries(webhook: WebhookId, service: ServiceHere, caller: CallerHere) -> list[DeliveryAnswer]:
    """The last hundred deliveries, the latest first."""
    caller.need(Scope.WEBHOOKS)
    return [DeliveryAnswer.of(one) for one in service.webhooks.deliveries(caller.tenant, webhook)]
