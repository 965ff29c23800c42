"""A client of the service for Python programs: photos in, results out, through networks that fail now and then.

    from coachwork.client import Coachwork

    with Coachwork("https://coachwork.example.org", key) as coachwork:
        inspection = coachwork.open(reference="claim 7", loss={"cause": "parking"})
        inspection.add(Path("front.jpg"), Path("door.jpg"))
        result = inspection.finish()
        result["settlement"]["route"], inspection.report()

Requests that fail on the way, or that the service asks to repeat, are repeated; none of them is done twice by it.
"""

import hashlib
import secrets
import time
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from coachwork.errors import CoachworkError

_PASSING = frozenset({429, 502, 503, 504})
_PASSING_AT_BUCKETS = _PASSING | {500}  # their servers' "internal error", which they say to repeat
_LONGEST_WAIT_S = 30.0


class ServiceError(CoachworkError):
    """The service refused a request, or does not answer.

    Attributes:
        status: of the answer; None where there was none.
        problem: last part of the problem's type, such as ``unknown-inspection``; empty where there is none.
        request_id: by which the service's log knows the request; empty where there was no answer.
    """

    def __init__(self, message: str, *, status: int | None = None, problem: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.status, self.problem, self.request_id = status, problem, request_id


class Coachwork:
    """A connection to a service; a context manager."""

    def __init__(
        self, url: str, key: str, *, timeout_s: float = 60.0, attempts: int = 5, direct: bool | None = None
    ) -> None:
        """Connects nothing yet.

        Args:
            url: of the service, such as ``http://127.0.0.1:8000``.
            key: made by ``coachwork keys add``.
            timeout_s: for one request.
            attempts: at most so many for each request.
            direct: whether photos are put to signed addresses, which lead into the bucket of a service that has one;
                None where, and as long as, the service offers that.
        """
        self._http = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout_s)
        self._attempts, self.direct = attempts, direct
        self._elsewhere = httpx2.Client(timeout=timeout_s)  # a bucket is not shown the key

    def __enter__(self) -> Self:
        """The connection itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        self._http.close()
        self._elsewhere.close()

    def open(
        self,
        *,
        reference: str = "",
        purpose: str = "claim",
        vehicle: Mapping[str, Any] | None = None,
        loss: Mapping[str, Any] | None = None,
    ) -> "RemoteInspection":
        """Opens an inspection.

        Raises:
            ServiceError: what is told cannot be.
        """
        facts = {"reference": reference, "purpose": purpose, "vehicle": vehicle, "loss": loss or {}}
        answer = self.ask("POST", "/v1/inspections", json=facts, headers={"Idempotency-Key": secrets.token_hex(16)})
        return RemoteInspection(self, str(answer.json()["id"]))

    def inspection(self, inspection_id: str) -> "RemoteInspection":
        """An inspection that was opened before; nothing is asked yet."""
        return RemoteInspection(self, inspection_id)

    def compare(
        self,
        before: "RemoteInspection",
        after: "RemoteInspection",
        *,
        reference: str = "",
        charges: str | None = None,
    ) -> "RemoteComparison":
        """Asks for a comparison of two inspections of one car; it begins as soon as both have results.

        Args:
            before: the earlier inspection, such as the check-out.
            after: the later one, such as the check-in.
            reference: such as the number of the rental contract; the later inspection's by default.
            charges: list of return charges, such as ``uk-typical``.

        Raises:
            ServiceError: they cannot be compared.
        """
        body = {"before": before.id, "after": after.id, "reference": reference, "charges": charges}
        answer = self.ask("POST", "/v1/comparisons", json=body, headers={"Idempotency-Key": secrets.token_hex(16)})
        return RemoteComparison(self, str(answer.json()["id"]))

    def comparison(self, comparison_id: str) -> "RemoteComparison":
        """A comparison that was asked for before; nothing is asked yet."""
        return RemoteComparison(self, comparison_id)

    def assess(self, photo: Path | bytes) -> dict[str, Any]:
        """One photo to ``coachwork.assessment/1``; nothing is kept.

        Raises:
            ServiceError: it is no photo.
            OSError: the file cannot be read.
        """
        answer = self.ask("POST", "/v1/assess", files=[("photo", _part(photo))])
        return dict(answer.json())

    def put(self, url: str, data: bytes, headers: Mapping[str, str]) -> None:
        """Puts bytes to a signed address.

        Raises:
            ServiceError: it was refused, or failed every time.
        """
        told = dict(headers)
        self._repeated(self._elsewhere, "PUT", url, passing=_PASSING_AT_BUCKETS, content=data, headers=told)

    def ask(self, method: str, path: str, **request: Any) -> httpx2.Response:
        """Any request; it is repeated where it failed on the way, so it must be one that may be.

        Raises:
            ServiceError: it was refused, or failed every time.
        """
        return self._repeated(self._http, method, path, **request)

    def _repeated(
        self, http: httpx2.Client, method: str, path: str, *, passing: Container[int] = _PASSING, **request: Any
    ) -> httpx2.Response:
        for attempt in range(self._attempts):
            last = attempt == self._attempts - 1
            try:
                answer = http.request(method, path, **request)
            except httpx2.TransportError as fault:
                if last:
                    message = f"the service at {self._http.base_url} does not answer: {fault}"
                    raise ServiceError(message) from fault
                time.sleep(min(0.2 * 2**attempt, _LONGEST_WAIT_S))
                continue
            if answer.status_code not in passing or last:
                return _taken(answer)
            told = answer.headers.get("Retry-After", "")
            time.sleep(min(max(float(told) if told.isdigit() else 0.0, 0.2 * 2**attempt), _LONGEST_WAIT_S))
        raise ServiceError("no attempt was allowed")  # noqa: EM101, TRY003


class RemoteInspection:
    """An inspection at a service.

    Attributes:
        id: its name.
    """

    def __init__(self, coachwork: Coachwork, inspection_id: str) -> None:
        """Stands for the inspection of that name."""
        self._coachwork, self.id = coachwork, inspection_id

    def add(self, *photos: Path | bytes) -> Sequence[dict[str, Any]]:
        """Adds photos one after another, each durable when it is told of; with advice on how to take it better.

        Raises:
            ServiceError: one is no photo; those before it were added.
            OSError: a file cannot be read.
        """
        return [self._put(*_part(photo)) or self._sent(*_part(photo)) for photo in photos]

    def _sent(self, name: str, data: bytes) -> dict[str, Any]:
        answer = self._coachwork.ask("POST", f"/v1/inspections/{self.id}/photos", files=[("photo", (name, data))])
        return dict(answer.json()[0])

    def _put(self, name: str, data: bytes) -> dict[str, Any] | None:
        """The photo, put to where the service says; None where it is sent to the service as a form."""
        kind = _media_type(data)
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


class RemoteComparison:
    """A comparison at a service.

    Attributes:
        id: its name.
    """

    def __init__(self, coachwork: Coachwork, comparison_id: str) -> None:
        """Stands for the comparison of that name."""
        self._coachwork, self.id = coachwork, comparison_id

    def state(self) -> dict[str, Any]:
        """How it stands, with its changes and charges once it is ready.

        Raises:
            ServiceError: there is no such comparison.
        """
        return dict(self._coachwork.ask("GET", f"/v1/comparisons/{self.id}").json())

    def wait(self, *, patience_s: float = 300.0) -> dict[str, Any]:
        """Waits until it is ready.

        Raises:
            ServiceError: it failed, or took longer.
        """
        until = time.monotonic() + patience_s
        pause = 0.2
        while (one := self.state())["state"] in {"waiting", "working"}:
            if time.monotonic() > until:
                message = f"the comparison {self.id} is not ready after {patience_s:g} s: ask for it later"
                raise ServiceError(message)
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)
        if one["state"] == "failed":
            message = f"the comparison failed: {one['problem']}"
            raise ServiceError(message)
        return one

    def mark(
        self, kind: str, *, revision: int, reason: str, before: Sequence[int] = (), after: Sequence[int] = ()
    ) -> dict[str, Any]:
        """Says what a pair really is: ``same``, ``grown`` or ``not_same``; places are those of the changes, from 0.

        Raises:
            ServiceError: it does not fit the comparison, or somebody spoke of it since.
        """
        body = {"kind": kind, "revision": revision, "reason": reason, "before": [*before], "after": [*after]}
        return dict(self._coachwork.ask("POST", f"/v1/comparisons/{self.id}/marks", json=body).json())


def _part(photo: Path | bytes) -> tuple[str, bytes]:
    return ("photo", photo) if isinstance(photo, bytes) else (photo.name, photo.read_bytes())


def _media_type(data: bytes) -> str | None:
    """What a photo's first bytes say that it is; None of what is none, which the service refuses with a reason."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if data[4:8] == b"ftyp" else None


def _taken(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    told: Any = None
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        told = answer.json()
    if not isinstance(told, dict):
        message = f"the service answered {answer.status_code}: is {answer.url.host} a Coachwork service?"
        raise ServiceError(message, status=answer.status_code)
    raise ServiceError(
        str(told.get("detail", "")),
        status=answer.status_code,
        problem=str(told.get("type", "")).rsplit(":", 1)[-1],
        request_id=str(told.get("request_id", "")),
    )
