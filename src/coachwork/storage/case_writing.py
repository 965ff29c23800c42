"""Rows of cases found and written within a transaction: what the stores about cases have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from coachwork.cases.case import Approval, Case, CaseState, Decision
from coachwork.cases.facts_json import facts_to_json
from coachwork.cases.problems import CaseBusy, CaseChanged, KeyReused, UnknownCase
from coachwork.reasons import said
from coachwork.storage.case_rows import case_of
from coachwork.storage.columns import now
from coachwork.storage.tables import cases, results


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """Which request asks for something, so that a repeated one does not do it twice.

    Attributes:
        key: as the caller chose it.
        digest: of what is asked for; the same key with another one is refused.
    """

    key: str
    digest: str


def find_case(connection: Connection, tenant: str, case_id: str, *, lock: bool = False) -> Case:
    """One case of a tenant, locked until the transaction ends where that is asked for.

    Raises:
        UnknownCase: the tenant has none of that name.
    """
    wanted = select(cases).where(cases.c.id == case_id, cases.c.tenant == tenant)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().one_or_none()
    if row is None:
        message = f"there is no case {case_id[:64]!r}"
        raise UnknownCase(message)
    return case_of(row)


def changeable_case(connection: Connection, tenant: str, case_id: str, version: int | None) -> Case:
    """A case, locked, that nobody is working on.

    Raises:
        UnknownCase, CaseBusy: see `find_case` and `check_free`.
        CaseChanged: it is not of the version any more.
    """
    case = find_case(connection, tenant, case_id, lock=True)
    if version is not None and case.version != version:
        message = f"the case is of version {case.version} by now: read it again"
        raise CaseChanged(message)
    check_free(case)
    return case


def check_free(case: Case) -> None:
    """Nothing, where nobody works on a case.

    Raises:
        CaseBusy: somebody does.
    """
    if case.state is CaseState.WORKING:
        message = said("refused.busy")
        raise CaseBusy(message)


def write_case(connection: Connection, case: Case) -> Case:
    """Writes what may change of a case, as its next version."""
    written = replace(case, version=case.version + 1, changed=now())
    values = {
        "reference": written.facts.reference,
        "facts": facts_to_json(written.facts),
        "state": written.state.value,
        "revision": written.revision,
        "version": written.version,
        "problem": written.problem,
        "changed": written.changed,
    }
    connection.execute(update(cases).where(cases.c.id == case.id).values(values))
    return written


def result_row(connection: Connection, case_id: str, revision: int) -> RowMapping | None:
    """The row of a revision's results; None where there is none."""
    wanted = select(results).where(results.c.case == case_id, results.c.revision == revision)
    return connection.execute(wanted).mappings().one_or_none()


def case_row(case: Case, request: RequestKey | None) -> dict[str, Any]:
    """The columns of a new case."""
    return {
        "id": case.id,
        "tenant": case.tenant,
        "reference": case.facts.reference,
        "facts": facts_to_json(case.facts),
        "state": case.state.value,
        "revision": case.revision,
        "version": case.version,
        "problem": case.problem,
        "opened": case.opened,
        "changed": case.changed,
    } | request_columns(request)


def decision_row(decision: Decision, case_id: str, request: RequestKey | None) -> dict[str, Any]:
    """The columns of a decision."""
    return {
        "id": decision.id,
        "case": case_id,
        "revision": decision.revision,
        "kind": decision.kind.value,
        "amount": decision.amount,
        "currency": decision.currency,
        "reason": decision.reason,
        "by": decision.by,
        "person": decision.person,
        "needs_approval": decision.approval is not Approval.NOT_NEEDED,
        "at": decision.at,
    } | request_columns(request)


def damage_bundle(inspection: Mapping[str, Any]) -> dict[str, str | None]:
    """The columns that tell which bundle gave a result; empty where no photo tells it."""
    told: Mapping[str, Any] = next((photo["model"] for photo in inspection.get("photos", ()) if "model" in photo), {})
    return {
        "bundle_name": told.get("name"),
        "bundle_version": told.get("version"),
        "bundle_digest": told.get("bundle") or None,
    }


def request_columns(request: RequestKey | None) -> dict[str, str | None]:
    """The columns that tell a repeated request."""
    return {
        "request_key": None if request is None else request.key,
        "request_digest": None if request is None else request.digest,
    }


def same_request(row: RowMapping, request: RequestKey) -> RowMapping:
    """The row that a request made before.

    Raises:
        KeyReused: it was another request.
    """
    if row["request_digest"] != request.digest:
        message = f"the key {request.key[:64]!r} came with another request before: choose a new one"
        raise KeyReused(message)
    return row


def why_not_ready(case: Case) -> str:
    """A sentence on why a case has no results that count."""
    return {
        CaseState.OPEN: "the case is open: submit it, then ask again",
        CaseState.WORKING: "the case is being worked on: ask again in a few seconds",
        CaseState.FAILED: f"the work on the case failed ({case.problem}): submit it again",
    }.get(case.state, "there are no results yet")
