"""Telling webhooks, durably: a message is tried for three days, and every attempt stands in the log.

Messages follow Standard Webhooks (standardwebhooks.com): headers webhook-id, webhook-timestamp and webhook-signature,
the latter HMAC-SHA256 over id, time and body by the webhook's secret. A receiver answers 2xx within 15 seconds.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import httpcore2
import httpx2
from dbos import DBOS, DBOSClient
from sqlalchemy import Connection

from coachwork import __version__
from coachwork.cases.case import CaseEvent
from coachwork.cases.webhook import DeliveryState, Webhook
from coachwork.public_network import AddressRefused, CheckedNetwork
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.webhook_store import WebhookStore

QUEUE = "webhooks"
WAITS_S = (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 30 * 3600)
"""Seconds before each further attempt: ten attempts within three days."""

_WORKFLOW = "deliver"
_TIMEOUT_S = 15.0
_deliverer: "Deliverer | None" = None


class Deliverer:
    """Sends messages and writes what became of them."""

    def __init__(self, store: WebhookStore, *, allow_private: bool) -> None:
        """Sends to public addresses alone, or to any where that is allowed."""
        self._store = store
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            network_backend=CheckedNetwork(allow_private=allow_private),
            max_keepalive_connections=0,
        )

    def attempt(self, delivery_id: str, *, last: bool) -> bool:
        """Tries once; whether nothing more is to be done."""
        message = self._store.message(delivery_id)
        if message is None:
            return True
        _, webhook, event = message
        status, problem = self._sent(webhook, delivery_id, event)
        delivered = status is not None and 200 <= status < 300
        state = DeliveryState.DELIVERED if delivered else DeliveryState.GIVEN_UP if last else DeliveryState.WAITING
        self._store.attempted(delivery_id, state, status=status, problem=problem)
        return delivered

    def _sent(self, webhook: Webhook, delivery_id: str, event: CaseEvent) -> tuple[int | None, str]:
        """What the receiver answered, and what was wrong."""
        body = message_body(event)
        moment = str(int(now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Coachwork/{__version__}",
            "webhook-id": delivery_id,
            "webhook-timestamp": moment,
            "webhook-signature": signature(webhook.secret, delivery_id, moment, body),
        }
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), _TIMEOUT_S)
        url = httpx2.URL(webhook.url)
        headers["Host"] = url.netloc.decode("ascii")
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            with self._pool.stream(
                "POST", target, headers=pairs, content=body, extensions={"timeout": timeouts}
            ) as told:
                status = told.status
        except AddressRefused as refused:
            return None, str(refused)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as fault:
            return None, str(fault) or type(fault).__name__
        return status, "" if 200 <= status < 300 else f"the receiver answered {status}"


def message_body(event: CaseEvent) -> bytes:
    """What a receiver gets: the event, and where to ask for more."""
    values = {
        "type": event.kind,
        "timestamp": event.at.isoformat(),
        "data": {
            "event": event.number,
            "inspection": event.case,
            "by": event.by,
            "detail": dict(event.detail),
            "url": f"/v1/inspections/{event.case}",
        },
    }
    return json.dumps(values, separators=(",", ":")).encode()


def signature(secret: str, message_id: str, moment: str, body: bytes) -> str:
    """The signature of a message as Standard Webhooks want it: ``v1,`` and base 64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


@DBOS.step(name="attempt", retries_allowed=True, max_attempts=6)
def _attempt(delivery_id: str, last: bool) -> bool:  # noqa: FBT001 (the workflow's record holds arguments by place)
    if _deliverer is None:
        message = "a message is delivered although no worker was started"
        raise RuntimeError(message)
    return _deliverer.attempt(delivery_id, last=last)


@DBOS.workflow(name=_WORKFLOW)
def _deliver(delivery_id: str) -> None:
    for wait in (*WAITS_S, None):
        if _attempt(delivery_id, wait is None) or wait is None:
            return
        DBOS.sleep(wait)


def use(deliverer: Deliverer | None) -> None:
    """Says who delivers in this process."""
    global _deliverer  # noqa: PLW0603 (DBOS knows workflows by module functions, one set of them a process)
    _deliverer = deliverer


def queueing_deliveries(database: Database, *, version: str) -> Callable[[Connection, str], None]:
    """What puts a delivery into the queue, within the transaction that writes its event."""
    client = DBOSClient(system_database_url=database.url)

    def queue(connection: Connection, delivery_id: str) -> None:
        client.enqueue_in_transaction(
            connection,
            {
                "queue_name": QUEUE,
                "workflow_name": _WORKFLOW,
                "workflow_id": delivery_id,
                "app_version": version,
            },
            delivery_id,
        )

    return queue
