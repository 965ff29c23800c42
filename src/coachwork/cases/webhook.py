"""Webhooks: who is told of what happens to a tenant's cases, and the log of telling them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachwork.cases.problems import CaseError

KINDS = (
    "case.opened",
    "case.changed",
    "photo.added",
    "case.submitted",
    "case.ready",
    "case.failed",
    "damage.corrected",
    "estimate.changed",
    "case.approval_asked",
    "case.approval_refused",
    "case.decided",
    "customer.accepted",
    "customer.objected",
    "customer.wrote",
    "message.sent",
    "photo.removed",
    "outcome.recorded",
)
"""The events that a webhook may ask for."""


class UnknownWebhook(CaseError):
    """There is no such webhook, or it is another tenant's, or it was removed."""


class DeliveryState(StrEnum):
    """How far a delivery got."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told.

    Attributes:
        id: its name.
        tenant: of whose cases.
        url: https, or http where private addresses are allowed.
        kinds: of events.
        secret: by which messages are signed, ``whsec_`` and base 64 (Standard Webhooks).
        made: UTC.
    """

    id: str
    tenant: str
    url: str
    kinds: tuple[str, ...]
    secret: str
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook.

    Attributes:
        id: its name, and the message's.
        webhook: to which.
        event: number of the event.
        kind: of the event.
        state: how far it got.
        attempts: made so far.
        status: that the receiver answered last; None where it did not.
        problem: why the last attempt failed; empty where it did not.
        changed: UTC.
    """

    id: str
    webhook: str
    event: int
    kind: str
    state: DeliveryState
    attempts: int
    status: int | None
    problem: str
    changed: datetime
