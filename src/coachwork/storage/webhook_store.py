"""Webhooks and their deliveries in the database."""

import base64
import secrets
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, RowMapping, insert, select, update

from coachwork.cases.case import CaseEvent
from coachwork.cases.identity import new_id
from coachwork.cases.problems import CaseRefused
from coachwork.cases.webhook import Delivery, DeliveryState, UnknownWebhook, Webhook
from coachwork.storage.case_rows import event_of
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.tables import deliveries, events, webhooks

_MOST_WEBHOOKS = 20
Queue = Callable[[Connection, str], None]
"""Puts a delivery of that name into the queue, within the transaction that wrote the event."""


class WebhookStore:
    """Reads and changes webhooks."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def add(self, tenant: str, url: str, kinds: Sequence[str]) -> Webhook:
        """A new webhook of a tenant, with a secret of its own.

        Raises:
            CaseRefused: the tenant has as many as it may.
        """
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        webhook = Webhook(
            id=new_id("hook"), tenant=tenant, url=url, kinds=tuple(dict.fromkeys(kinds)), secret=secret, made=now()
        )
        values = {
            "id": webhook.id,
            "tenant": tenant,
            "url": url,
            "kinds": list(webhook.kinds),
            "secret": secret,
            "made": webhook.made,
        }
        with self._database.writing() as connection:
            if len(_of_tenant(connection, tenant)) >= _MOST_WEBHOOKS:
                message = f"there are {_MOST_WEBHOOKS} webhooks already: remove one first"
                raise CaseRefused(message)
            connection.execute(insert(webhooks).values(values))
        return webhook

    def all(self, tenant: str) -> Sequence[Webhook]:
        """A tenant's webhooks, the first one first."""
        with self._database.reading() as connection:
            return _of_tenant(connection, tenant)

    def remove(self, tenant: str, webhook_id: str) -> None:
        """Tells the address nothing more; its log stays.

        Raises:
            UnknownWebhook: the tenant has none of that name.
        """
        own = (webhooks.c.id == webhook_id) & (webhooks.c.tenant == tenant) & webhooks.c.removed.is_(None)
        with self._database.writing() as connection:
            if connection.execute(update(webhooks).where(own).values(removed=now())).rowcount == 0:
                raise UnknownWebhook(_unknown(webhook_id))

    def tell(self, connection: Connection, tenant: str, event: int, kind: str, queue: Queue) -> None:
        """Makes a delivery to each webhook that asks for an event, within the transaction that wrote it."""
        for webhook in _of_tenant(connection, tenant):
            if kind in webhook.kinds:
                values = {
                    "id": new_id("msg"),
                    "webhook": webhook.id,
                    "event": event,
                    "state": DeliveryState.WAITING.value,
                    "attempts": 0,
                    "problem": "",
                    "changed": now(),
                }
                connection.execute(insert(deliveries).values(values))
                queue(connection, str(values["id"]))

    def deliveries(self, tenant: str, webhook_id: str, *, limit: int = 100) -> Sequence[Delivery]:
        """The log of a webhook, the latest delivery first.

        Raises:
            UnknownWebhook: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            known = select(webhooks.c.id).where(webhooks.c.id == webhook_id, webhooks.c.tenant == tenant)
            if connection.execute(known).scalar() is None:
                raise UnknownWebhook(_unknown(webhook_id))
            own = deliveries.c.webhook == webhook_id
            wanted = select(deliveries, events.c.kind).join(events).where(own)
            found = connection.execute(wanted.order_by(deliveries.c.id.desc()).limit(limit))
            return [_delivery(row) for row in found.mappings()]

    def message(self, delivery_id: str) -> tuple[Delivery, Webhook, CaseEvent] | None:
        """What is to be delivered where; None where that is done, given up, or the webhook is gone."""
        with self._database.reading() as connection:
            row = (
                connection.execute(select(deliveries, events.c.kind).join(events).where(deliveries.c.id == delivery_id))
                .mappings()
                .one()
            )
            webhook = connection.execute(select(webhooks).where(webhooks.c.id == row["webhook"])).mappings().one()
            event = connection.execute(select(events).where(events.c.number == row["event"])).mappings().one()
        if webhook["removed"] is not None or row["state"] != DeliveryState.WAITING.value:
            return None
        return _delivery(row), _webhook(webhook), event_of(event)

    def attempted(self, delivery_id: str, state: DeliveryState, *, status: int | None, problem: str) -> None:
        """Writes how an attempt ended."""
        values = {
            "state": state.value,
            "attempts": deliveries.c.attempts + 1,
            "status": status,
            "problem": problem[:500],
            "changed": now(),
        }
        with self._database.writing() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))


def _of_tenant(connection: Connection, tenant: str) -> list[Webhook]:
    wanted = select(webhooks).where(webhooks.c.tenant == tenant, webhooks.c.removed.is_(None)).order_by(webhooks.c.id)
    return [_webhook(row) for row in connection.execute(wanted).mappings()]


def _webhook(row: RowMapping) -> Webhook:
    return Webhook(
        id=row["id"],
        tenant=row["tenant"],
        url=row["url"],
        kinds=tuple(row["kinds"]),
        secret=row["secret"],
        made=row["made"],
    )


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        webhook=row["webhook"],
        event=row["event"],
        kind=row["kind"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        status=row["status"],
        problem=row["problem"],
        changed=row["changed"],
    )


def _unknown(webhook_id: str) -> str:
    return f"there is no webhook {webhook_id[:64]!r}"
