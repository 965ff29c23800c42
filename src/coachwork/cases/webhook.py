"""Webhooks: who is told of what happens to a tenant's cases, and the log of telling them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachwork.cases.problems import CaseError


class EventKind(StrEnum):
    """The events that a webhook may ask for."""

    CASE_OPENED = "case.opened"
    CASE_CHANGED = "case.changed"
    PHOTO_ADDED = "photo.added"
    PHOTO_REMOVED = "photo.removed"
    CASE_SUBMITTED = "case.submitted"
    CASE_READY = "case.ready"
    CASE_FAILED = "case.failed"
    DAMAGE_CORRECTED = "damage.corrected"
    ESTIMATE_CHANGED = "estimate.changed"
    CASE_APPROVAL_ASKED = "case.approval_asked"
    CASE_APPROVAL_REFUSED = "case.approval_refused"
    CASE_DECIDED = "case.decided"
    CUSTOMER_ACCEPTED = "customer.accepted"
    CUSTOMER_OBJECTED = "customer.objected"
    CUSTOMER_WROTE = "customer.wrote"
    MESSAGE_SENT = "message.sent"
    OUTCOME_RECORDED = "outcome.recorded"
    COMPARISON_ASKED = "comparison.asked"
    COMPARISON_READY = "comparison.ready"
    COMPARISON_FAILED = "comparison.failed"
    COMPARISON_CORRECTED = "comparison.corrected"


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
