"""People's corrections and approvals in the database: rows that are only ever added, with the results that follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select
from sqlalchemy.exc import IntegrityError

from coachwork.cases.access import NotAllowed
from coachwork.cases.case import Approval, Case, CaseState, Decision
from coachwork.cases.corrections import Correction, CorrectionKind, Mark, Standing, fitted, standing_damages
from coachwork.cases.people import Person
from coachwork.cases.problems import CaseChanged, CaseNotReady, CaseRefused
from coachwork.cases.work_corrections import fitted_work
from coachwork.estimates.estimate_json import change_of_json, change_to_json
from coachwork.reasons import said
from coachwork.storage.approvals import decisions_on
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import find_case, result_row, why_not_ready, write_case
from coachwork.storage.columns import now
from coachwork.storage.correction_tables import approvals, corrections
from coachwork.storage.damage_numbers import number_added, with_numbers
from coachwork.storage.database import Database
from coachwork.storage.tables import cases, results
from coachwork.taxonomy import CarPart, DamageType, Severity

Repriced = Callable[[Case, Mapping[str, Any], Sequence[Correction]], Mapping[str, Any]]
"""A case, its inspection and all corrections -> estimate, settlement and damages, as columns of results."""


class CorrectionStore:
    """Keeps what people say against results."""

    def __init__(self, database: Database, cases: CaseStore) -> None:
        """Works on a database whose tables are up to date; events are told by the store of its cases."""
        self._database, self._cases = database, cases

    def corrections(self, tenant: str, case_id: str) -> Sequence[Correction]:
        """The corrections of a case, the first one first.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            find_case(connection, tenant, case_id)
            return corrections_of(connection, case_id)

    def count(self, tenant: str) -> int:
        """How many corrections people of a tenant ever made."""
        wanted = select(func.count()).select_from(corrections.join(cases, cases.c.id == corrections.c.case))
        with self._database.reading() as connection:
            return connection.execute(wanted.where(cases.c.tenant == tenant)).scalar_one()

    def keep(
        self,
        case_id: str,
        correction: Correction,
        person: Person,
        *,
        priced: Repriced,
    ) -> Case:
        """Keeps a correction, and the results that follow from it as a revision of their own, in one transaction.

        Args:
            case_id: of a case of the person's tenant.
            correction: by the person.
            person: who corrects.
            priced: says what the case comes to after all corrections, the new one last; what it refuses by an error
                is not kept.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseNotReady: there are no results to correct.
            CaseChanged: the results that lay before the person are not the last ones.
            CaseRefused: the correction does not fit the damages as they stand.
        """
        with self._database.writing() as connection:
            present = find_case(connection, person.tenant, case_id, lock=True)
            row = result_row(connection, present.id, present.revision)
            if present.state not in {CaseState.READY, CaseState.DECIDED} or row is None:
                raise CaseNotReady(why_not_ready(present))
            if present.revision != correction.revision:
                message = f"the results are of revision {present.revision} by now: look at them again"
                raise CaseChanged(message)
            earlier = corrections_of(connection, case_id)
            of_work = correction.kind is CorrectionKind.WORK
            standing = standing_damages(row["inspection"], earlier)
            fitting = fitted_work(correction, row["estimate"]) if of_work else fitted(correction, standing)
            inserted = _insert(connection, present, fitting, person)
            kept = number_added(connection, present.id, row["inspection"], inserted)
            found = priced(present, row["inspection"], [*earlier, kept])
            changed = write_case(
                connection, replace(present, state=CaseState.READY, revision=present.revision + 1, problem="")
            )
            values = {"case": present.id, "revision": changed.revision, "made": now()}
            values |= {"inspection": row["inspection"], "signals": row["signals"]}
            connection.execute(insert(results).values({**values, **found}))
            told = {"correction": kept.number, "kind": kept.kind, "damage": kept.damage, **_detail(kept)}
            told |= {"reason": kept.reason, "undoes": kept.undoes, "revision": changed.revision}
            told |= {"damage_number": _number(kept, earlier, standing)}
            self._cases.tell(connection, changed, _event_kind(kept, earlier), person.login, told)
        return changed

    def approve(self, person: Person, case_id: str, decision_id: str, *, approved: bool, reason: str) -> Decision:
        """Says whether an offer that waits for a second person may stand.

        Raises:
            UnknownCase: the tenant has none of that name.
            NotAllowed: it is the person's own decision.
            CaseRefused: no such decision waits for approval; perhaps somebody was quicker, or the results changed.
        """
        with self._database.writing() as connection:
            case = find_case(connection, person.tenant, case_id, lock=True)
            found = {one.id: one for one in decisions_on(connection, case)}
            decision = found.get(decision_id)
            if decision is None or decision.approval is not Approval.AWAITED:
                message = said("refused.approval_gone")
                raise CaseRefused(message)
            if decision.person == person.id or decision.by == person.login:
                message = said("refused.own_offer")
                raise NotAllowed(message)
            values = {"approved": approved, "reason": reason, "by": person.login, "person": person.id, "at": now()}
            try:
                connection.execute(insert(approvals).values(values | {"decision": decision_id}))
            except IntegrityError:
                message = said("refused.quicker")
                raise CaseRefused(message) from None
            changed = write_case(connection, replace(case, state=CaseState.DECIDED) if approved else case)
            told = {"decision": decision_id, "kind": decision.kind, "reason": reason}
            self._cases.tell(
                connection, changed, "case.decided" if approved else "case.approval_refused", person.login, told
            )
            return next(one for one in decisions_on(connection, changed) if one.id == decision_id)


def _event_kind(kept: Correction, earlier: Sequence[Correction]) -> str:
    undone = next((one for one in earlier if one.number == kept.undoes), kept)
    return "damage.corrected" if undone.work is None else "estimate.changed"


def _number(kept: Correction, earlier: Sequence[Correction], standing: Standing) -> int | None:
    """By which the damage is called that a correction is about; None where it is about none that is there."""
    about = next((one for one in earlier if one.number == kept.undoes), kept)
    return about.adds or next((one.number for one in standing.damages if one.key == about.damage), None)


def corrections_of(connection: Connection, case_id: str) -> list[Correction]:
    """The corrections of a case, the first one first."""
    wanted = select(corrections).where(corrections.c.case == case_id).order_by(corrections.c.number)
    found = [_correction(row) for row in connection.execute(wanted).mappings()]
    return with_numbers(connection, case_id, found)


def _insert(connection: Connection, case: Case, correction: Correction, person: Person) -> Correction:
    moment = now()
    values = {
        "case": case.id,
        "revision": correction.revision,
        "kind": correction.kind.value,
        "damage": correction.damage,
        "detail": _detail(correction),
        "undoes": correction.undoes,
        "reason": correction.reason,
        "by": person.login,
        "person": person.id,
        "at": moment,
    }
    number = connection.execute(insert(corrections).values(values).returning(corrections.c.number)).scalar_one()
    return replace(correction, number=number, by=person.login, at=moment)


def _detail(one: Correction) -> dict[str, Any]:
    """What a correction says, without what stays."""
    told: dict[str, Any] = {
        "type": one.type,
        "part": one.part,
        "no_part": one.no_part or None,
        "severity": one.severity,
        "photo": None if one.mark is None else one.mark.sha256,
        "outline": None if one.mark is None else [list(point) for point in one.mark.outline],
        "work": None if one.work is None else change_to_json(one.work),
    }
    return {key: value for key, value in told.items() if value is not None}


def _correction(row: RowMapping) -> Correction:
    detail: Mapping[str, Any] = row["detail"]
    outline = detail.get("outline")
    return Correction(
        number=row["number"],
        kind=CorrectionKind(row["kind"]),
        revision=row["revision"],
        damage=row["damage"],
        type=DamageType(detail["type"]) if "type" in detail else None,
        part=CarPart(detail["part"]) if "part" in detail else None,
        no_part=detail.get("no_part", False),
        severity=Severity(detail["severity"]) if "severity" in detail else None,
        mark=None if outline is None else Mark(sha256=detail["photo"], outline=tuple((x, y) for x, y in outline)),
        work=change_of_json(detail["work"]) if "work" in detail else None,
        undoes=row["undoes"],
        reason=row["reason"],
        by=row["by"],
        at=row["at"],
    )
