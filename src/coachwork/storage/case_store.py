"""Cases in the database. Each method is one transaction, and writes the event that tells of it in the same one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.cases.case import (
    Approval,
    Case,
    CaseEvent,
    CasePhoto,
    CaseResult,
    CaseState,
    Decision,
    Facts,
)
from coachwork.cases.facts_json import facts_to_json
from coachwork.cases.identity import new_id
from coachwork.cases.problems import CaseChanged, CaseNotReady, CaseRefused
from coachwork.storage.approvals import decisions_on, needs_four_eyes
from coachwork.storage.case_rows import case_of, event_of, photo_of, photo_row, result_of
from coachwork.storage.case_writing import (
    RequestKey,
    case_row,
    changeable_case,
    check_free,
    damage_bundle,
    decision_row,
    find_case,
    result_row,
    same_request,
    why_not_ready,
    write_case,
)
from coachwork.storage.columns import now
from coachwork.storage.damage_numbers import number_inspection
from coachwork.storage.database import Database
from coachwork.storage.tables import cases, decisions, events, photos, results

MOST_PHOTOS = 100
"""A case holds at most so many photos."""

Enqueue = Callable[[Connection, Case], None]
"""Puts the work on a submitted case into the queue, within the transaction that submits it."""

OnEvent = Callable[[Connection, str, int, str], None]
"""Hears of an event within its transaction: tenant, number, kind."""


class CaseStore:
    """Reads and changes cases."""

    def __init__(
        self, database: Database, *, on_event: OnEvent = lambda *_: None, four_eyes_above: Decimal | None = None
    ) -> None:
        """Works on a database whose tables are up to date.

        Args:
            database: that holds the cases.
            on_event: hears of every event in its transaction.
            four_eyes_above: an offer of more than that stands only once a second person approved it; None: all stand.
        """
        self._database, self._on_event, self._four_eyes_above = database, on_event, four_eyes_above

    def open_case(self, tenant: str, facts: Facts, *, by: str, request: RequestKey | None = None) -> Case:
        """Opens a case; a repeated request gets the one that it opened before.

        Raises:
            KeyReused: the key came with other facts before.
        """
        try:
            return self._open(tenant, facts, by, request)
        except IntegrityError:
            if request is None:
                raise
            return self._open(tenant, facts, by, request)  # the same request came twice at once, and the other one won

    def _open(self, tenant: str, facts: Facts, by: str, request: RequestKey | None) -> Case:
        moment = now()
        case = Case(
            id=new_id("case"),
            tenant=tenant,
            facts=facts,
            state=CaseState.OPEN,
            revision=0,
            version=1,
            opened=moment,
            changed=moment,
        )
        with self._database.writing() as connection:
            if request is not None:
                known = connection.execute(
                    select(cases).where(cases.c.tenant == tenant, cases.c.request_key == request.key)
                )
                row = known.mappings().one_or_none()
                if row is not None:
                    return case_of(same_request(row, request))
            connection.execute(insert(cases).values(case_row(case, request)))
            self.tell(connection, case, "case.opened", by, {"purpose": facts.purpose.value})
        return case

    def case(self, tenant: str, case_id: str) -> Case:
        """One case.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            return find_case(connection, tenant, case_id)

    def cases(
        self, tenant: str, *, state: CaseState | None = None, before: str | None = None, limit: int = 50
    ) -> Sequence[Case]:
        """A tenant's cases, the latest first.

        Args:
            tenant: whose.
            state: those alone that stand there.
            before: only those that were opened before the case of this name.
            limit: at most so many.
        """
        wanted = select(cases).where(cases.c.tenant == tenant).order_by(cases.c.id.desc()).limit(limit)
        if state is not None:
            wanted = wanted.where(cases.c.state == state.value)
        if before is not None:
            wanted = wanted.where(cases.c.id < before)
        with self._database.reading() as connection:
            return [case_of(row) for row in connection.execute(wanted).mappings()]

    def change_facts(self, tenant: str, case_id: str, facts: Facts, *, by: str, version: int | None = None) -> Case:
        """Tells other facts of a case; a case with results is open again then.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseBusy: it is being worked on.
            CaseChanged: it is not of that version any more.
        """
        with self._database.writing() as connection:
            case = changeable_case(connection, tenant, case_id, version)
            changed = write_case(connection, replace(case, facts=facts, state=CaseState.OPEN, problem=""))
            self.tell(connection, changed, "case.changed", by, {"facts": facts_to_json(facts)})
        return changed

    def add_photo(self, tenant: str, case_id: str, photo: CasePhoto, *, by: str) -> tuple[CasePhoto, bool]:
        """Adds a photo whose bytes are durable already.

        Returns:
            The photo with its place, and whether it is new: the same bytes are one photo.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseBusy: it is being worked on.
            CaseRefused: it holds as many photos as a case may.
        """
        with self._database.writing() as connection:
            self._database.hold(connection, f"photo {tenant} {photo.sha256}")
            case = find_case(connection, tenant, case_id, lock=True)
            own = photos.c.case == case_id
            known = connection.execute(select(photos).where(own, photos.c.sha256 == photo.sha256)).mappings().first()
            if known is not None:
                return photo_of(known), False
            check_free(case)
            last = connection.execute(select(func.max(photos.c.place)).where(own)).scalar() or 0
            if last >= MOST_PHOTOS:
                message = f"a case holds at most {MOST_PHOTOS} photos: open another case"
                raise CaseRefused(message)
            placed = replace(photo, place=last + 1)
            connection.execute(insert(photos).values(photo_row(placed) | {"case": case_id, "place": placed.place}))
            changed = write_case(connection, replace(case, state=CaseState.OPEN, problem=""))
            self.tell(connection, changed, "photo.added", by, {"photo": placed.id, "sha256": placed.sha256})
        return placed, True

    def photos(self, tenant: str, case_id: str) -> Sequence[CasePhoto]:
        """The photos of a case, in the order of their places.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            find_case(connection, tenant, case_id)
            found = connection.execute(select(photos).where(photos.c.case == case_id).order_by(photos.c.place))
            return [photo_of(row) for row in found.mappings()]

    def submit(self, tenant: str, case_id: str, *, by: str, enqueue: Enqueue) -> Case:
        """Hands a case over to be worked on; doing so again while that lasts, or after it, changes nothing.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseRefused: it has no photos.
        """
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            if case.state not in {CaseState.OPEN, CaseState.FAILED}:
                return case
            count = connection.execute(select(func.count()).where(photos.c.case == case_id)).scalar_one()
            if not count:
                message = "the case has no photos yet: add some first"
                raise CaseRefused(message)
            submitted = replace(case, state=CaseState.WORKING, revision=case.revision + 1, problem="")
            changed = write_case(connection, submitted)
            self.tell(connection, changed, "case.submitted", by, {"revision": changed.revision, "photos": count})
            enqueue(connection, changed)
        return changed

    def working(self) -> Sequence[Case]:
        """The cases of all tenants that are worked on, or wait for it."""
        wanted = select(cases).where(cases.c.state == CaseState.WORKING.value).order_by(cases.c.id)
        with self._database.reading() as connection:
            return [case_of(row) for row in connection.execute(wanted).mappings()]

    def keep_inspection(
        self, case: Case, inspection: Mapping[str, Any], signals: Mapping[str, Any] | None = None
    ) -> None:
        """Keeps what was seen of a revision, of claims also the signs of fraud; a second time does nothing.

        Its damages get their numbers: those that the case had before keep theirs.
        """
        with self._database.writing() as connection:
            if result_row(connection, case.id, case.revision) is None:
                told = number_inspection(connection, case.id, inspection)
                values = {"case": case.id, "revision": case.revision, "inspection": told, "made": now()}
                more = {"signals": signals} | damage_bundle(inspection)
                connection.execute(insert(results).values(values | more))

    def inspection(self, case: Case) -> Mapping[str, Any]:
        """What `keep_inspection` kept.

        Raises:
            CaseNotReady: it has not yet.
        """
        with self._database.reading() as connection:
            row = result_row(connection, case.id, case.revision)
        if row is None:
            message = "the case has not been inspected yet"
            raise CaseNotReady(message)
        kept: Mapping[str, Any] = row["inspection"]
        return kept

    def signals(self, case: Case) -> Mapping[str, Any] | None:
        """The signs of fraud that `keep_inspection` kept, ``coachwork.fraud/1``; None where nobody looked."""
        with self._database.reading() as connection:
            row = result_row(connection, case.id, case.revision)
        return None if row is None else row["signals"]

    def publish(
        self,
        case: Case,
        *,
        estimate: Mapping[str, Any],
        settlement: Mapping[str, Any] | None,
        by: str,
        damages: Sequence[Mapping[str, Any]] | None = None,
    ) -> bool:
        """Makes the results of a revision known; False where they already were, or the case went on.

        `damages` are those that stand after people's corrections; None where nobody corrected any.
        """
        with self._database.writing() as connection:
            present = find_case(connection, case.tenant, case.id, lock=True)
            if present.state is not CaseState.WORKING or present.revision != case.revision:
                return False
            own = (results.c.case == case.id) & (results.c.revision == case.revision)
            connection.execute(
                update(results).where(own).values(estimate=estimate, settlement=settlement, damages=damages, made=now())
            )
            changed = write_case(connection, replace(present, state=CaseState.READY))
            self.tell(connection, changed, "case.ready", by, {"revision": case.revision})
        return True

    def fail(self, case: Case, problem: str, *, by: str) -> bool:
        """Says why the work on a revision failed; False where it ended otherwise before."""
        with self._database.writing() as connection:
            present = find_case(connection, case.tenant, case.id, lock=True)
            if present.state is not CaseState.WORKING or present.revision != case.revision:
                return False
            changed = write_case(connection, replace(present, state=CaseState.FAILED, problem=problem))
            self.tell(connection, changed, "case.failed", by, {"revision": case.revision, "problem": problem})
        return True

    def result(self, tenant: str, case_id: str) -> CaseResult:
        """The results of the case's last revision.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseNotReady: there are none yet, or the case was changed since.
        """
        with self._database.reading() as connection:
            case = find_case(connection, tenant, case_id)
            row = result_row(connection, case_id, case.revision)
        if case.state not in {CaseState.READY, CaseState.DECIDED} or row is None:
            raise CaseNotReady(why_not_ready(case))
        return result_of(row)

    def decide(self, tenant: str, case_id: str, decision: Decision, *, request: RequestKey | None = None) -> Decision:
        """Keeps a person's decision on the last results; a repeated request gets the decision that it made before.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseNotReady: there are no results to decide on.
            CaseChanged: the results that lay before the person are not the last ones.
            KeyReused: the key came with another decision before.
        """
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            if request is not None:
                known = connection.execute(
                    select(decisions).where(decisions.c.case == case_id, decisions.c.request_key == request.key)
                )
                row = known.mappings().one_or_none()
                if row is not None:
                    same = same_request(row, request)["id"]
                    return next(one for one in decisions_on(connection, case) if one.id == same)
            if case.state not in {CaseState.READY, CaseState.DECIDED}:
                raise CaseNotReady(why_not_ready(case))
            if decision.revision != case.revision:
                message = f"the results are of revision {case.revision} by now: look at them again"
                raise CaseChanged(message)
            awaits = needs_four_eyes(decision, self._four_eyes_above)
            kept = replace(decision, approval=Approval.AWAITED if awaits else Approval.NOT_NEEDED)
            connection.execute(insert(decisions).values(decision_row(kept, case_id, request)))
            changed = write_case(connection, case if awaits else replace(case, state=CaseState.DECIDED))
            told = {"decision": kept.id, "kind": kept.kind}
            self.tell(connection, changed, "case.approval_asked" if awaits else "case.decided", kept.by, told)
        return kept

    def decisions(self, tenant: str, case_id: str) -> Sequence[Decision]:
        """The decisions on a case that stand, the first one first: not those that a second person has to approve yet.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        return [one for one in self.all_decisions(tenant, case_id) if one.stands]

    def all_decisions(self, tenant: str, case_id: str) -> Sequence[Decision]:
        """The decisions on a case, the first one first, with those that wait for approval or were refused it.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            return decisions_on(connection, find_case(connection, tenant, case_id))

    def events(self, tenant: str, case_id: str) -> Sequence[CaseEvent]:
        """All that happened to a case, the first thing first.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            find_case(connection, tenant, case_id)
            found = connection.execute(select(events).where(events.c.case == case_id).order_by(events.c.number))
            return [event_of(row) for row in found.mappings()]

    def tell(self, connection: Connection, case: Case, kind: str, by: str, detail: Mapping[str, Any]) -> None:
        """Writes an event within the transaction of what it tells of."""
        values = {"tenant": case.tenant, "case": case.id, "kind": kind, "by": by, "at": now(), "detail": detail}
        number = connection.execute(insert(events).values(values).returning(events.c.number)).scalar_one()
        self._on_event(connection, case.tenant, number, kind)
