"""An inspection at a service: photos in, results out."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coachwork.client.connection import Connection, ServiceError
from coachwork.client.photo import media_type_of, part_of


class RemoteInspection:
    """An inspection at a service.

    Attributes:
        id: its name.
    """

    def __init__(self, coachwork: Connection, inspection_id: str) -> None:
        """Stands for the inspection of that name."""
        self._coachwork, self.id = coachwork, inspection_id

    def add(self, *photos: Path | bytes) -> Sequence[dict[str, Any]]:
        """Adds photos one after another, each durable when it is told of; with advice on how to take it better.

        Raises:
            ServiceError: one is no photo; those before it were added.
            OSError: a file cannot be read.
        """
        return [self._put(*part_of(photo)) or self._sent(*part_of(photo)) for photo in photos]

    def _sent(self, name: str, data: bytes) -> dict[str, Any]:
        answer = self._coachwork.ask("POST", f"/v1/inspections/{self.id}/photos", files=[("photo", (name, data))])
        return dict(answer.json()[0])

    def _put(self, name: str, data: bytes) -> dict[str, Any] | None:
        """The photo, put to where the service says; None where it is sent to the service as a form."""
        kind = media_type_of(data)
        if self._coachwork.direct is False or kind is None:
            return None
        told = {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        path = f"/v1/inspections/{self.id}/uploads"
        try:
            upload = self._coachwork.ask("POST", path, json=told | {"direct": True, "media_type": kind}).json()
        except ServiceError as refused:
            if refused.problem != "invalid" or self._coachwork.direct:
                raise
            self._coachwork.direct = False  # a service of before
            return None
        if self._coachwork.direct is None and not upload["put"]["bucket"]:
            self._coachwork.direct = False  # a form is one request instead of three
            return None
        self._coachwork.put(upload["put"]["url"], data, upload["put"]["headers"])
        return dict(self._coachwork.ask("POST", f"{path}/{upload['id']}/complete").json())

    def state(self) -> dict[str, Any]:
        """How it stands.

        Raises:
            ServiceError: there is no such inspection.
        """
        return dict(self._coachwork.ask("GET", f"/v1/inspections/{self.id}").json())

    def complete(self) -> None:
        """Hands it over.

        Raises:
            ServiceError: it has no photos.
        """
        self._coachwork.ask("POST", f"/v1/inspections/{self.id}/complete")

    def finish(self, *, patience_s: float = 300.0) -> dict[str, Any]:
        """Hands it over and waits for its results.

        Raises:
            ServiceError: it has no photos, the work failed, or took longer.
        """
        self.complete()
        until = time.monotonic() + patience_s
        pause = 0.2
        while (state := self.state())["state"] == "working" and time.monotonic() < until:
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)
        if state["state"] == "working":
            message = f"the inspection {self.id} is still worked on after {patience_s:g} s: ask for its result later"
            raise ServiceError(message)
        return self.result()

    def result(self) -> dict[str, Any]:
        """Damages, estimate and, of claims, the proposal.

        Raises:
            ServiceError: there are none.
        """
        return dict(self._coachwork.ask("GET", f"/v1/inspections/{self.id}/result").json())

    def valuation(self, **terms: str) -> dict[str, Any]:
        """Grade and deduction, ``coachwork.valuation/1``.

        Args:
            **terms: ``scheme``, ``policy``, ``method``, ``charges`` by name, instead of the tenant's own.

        Raises:
            ServiceError: there are no results, or they cannot be valued so.
        """
        return dict(self._coachwork.ask("GET", f"/v1/inspections/{self.id}/valuation", params=terms).json())

    def share(self, *, days: int = 30, amounts: bool = True) -> str:
        """The address of a link by which anybody may read the condition report; without amounts, where so asked.

        A request that failed on the way may leave a second link behind, which nobody knows.

        Raises:
            ServiceError: there is no such inspection.
        """
        body = {"days": days, "amounts": amounts}
        return str(self._coachwork.ask("POST", f"/v1/inspections/{self.id}/report-links", json=body).json()["url"])

    def corrections(self) -> dict[str, Any]:
        """Damages as they stand, each with the `key` that corrections name it by, and all corrections.

        Raises:
            ServiceError: there are no results.
        """
        return dict(self._coachwork.ask("GET", f"/v1/inspections/{self.id}/corrections").json())

    def correct(self, person: str, kind: str, *, revision: int, **told: Any) -> dict[str, Any]:
        """Corrects a damage or a line of the estimate; returns how the inspection stands then.

        Args:
            person: login of the account of your people who corrects.
            kind: change, confirm, delete, add, work or undo.
            revision: of the results that lay before the person.
            **told: what else the call takes, such as ``damage="..."``, ``part="roof"`` or ``reason="..."``.

        Raises:
            ServiceError: it does not fit, or the results are others by now.
        """
        body = {"person": person, "kind": kind, "revision": revision, **told}
        return dict(self._coachwork.ask("POST", f"/v1/inspections/{self.id}/corrections", json=body).json())

    def write(self, text: str, *, views: Sequence[str] = ()) -> dict[str, Any]:
        """Writes to the customer, who reads it on the private page.

        Args:
            text: plain.
            views: that photos are asked for of: front, left, rear, right, close_up.

        Raises:
            ServiceError: the message is refused.
        """
        body = {"text": text, "views": list(views)}
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        path = f"/v1/inspections/{self.id}/messages"
        return dict(self._coachwork.ask("POST", path, json=body, headers=headers).json())

    def messages(self) -> list[dict[str, Any]]:
        """What the desk and the customer wrote, the first message first."""
        return list(self._coachwork.ask("GET", f"/v1/inspections/{self.id}/messages").json())

    def report(self) -> bytes:
        """The report as PDF.

        Raises:
            ServiceError: there are no results.
        """
        return self._coachwork.ask("GET", f"/v1/inspections/{self.id}/report.pdf").content

    def decide(
        self, kind: str, *, revision: int, reason: str, amount: str | None = None, currency: str | None = None
    ) -> None:
        """Keeps a person's decision on results.

        Raises:
            ServiceError: they are not the last ones.
        """
        body = {"kind": kind, "revision": revision, "reason": reason, "amount": amount, "currency": currency}
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        self._coachwork.ask("POST", f"/v1/inspections/{self.id}/decisions", json=body, headers=headers)
