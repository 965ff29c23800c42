"""Comparisons in the database, with what people say against them. Each method is one transaction with its event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.cases.case import Case, CaseState, Purpose
from coachwork.cases.comparison import (
    Comparison,
    ComparisonState,
    MarkKind,
    PairMark,
    UnknownComparison,
    check_mark,
    standing_changes,
)
from coachwork.cases.identity import new_id
from coachwork.cases.problems import CaseChanged, CaseNotReady, CaseRefused
from coachwork.reasons import said
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import RequestKey, find_case, request_columns, same_request
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.market_tables import comparison_marks, comparisons
from coachwork.storage.tables import cases, events

Enqueue = Callable[[Connection, Comparison], None]
"""Puts the work on a comparison into the queue, within the transaction that asks for it."""

_WITH_RESULTS = {CaseState.READY, CaseState.DECIDED}


class ComparisonStore:
    """Reads and changes comparisons."""

    def __init__(self, database: Database, store: CaseStore, *, enqueue: Enqueue) -> None:
        """Works on a database whose tables are up to date; the case store writes the events."""
        self._database, self._cases, self._enqueue = database, store, enqueue

    def make(
        self,
        tenant: str,
        *,
        before: str,
        after: str,
        by: str,
        reference: str = "",
        charges: str = "",
        request: RequestKey | None = None,
    ) -> Comparison:
        """Asks for a comparison; it begins when both cases have results. A repeated request gets the one it made.

        Raises:
            UnknownCase: the tenant has none of these names.
            CaseRefused: both are one case, or the later one is named first.
            KeyReused: the key came with another request before.
        """
        told = {"before": before, "after": after, "reference": reference, "charges": charges}
        try:
            return self._make(tenant, told, by, request)
        except IntegrityError:
            if request is None:
                raise
            return self._make(tenant, told, by, request)  # the same request came twice at once

    def _make(self, tenant: str, told: Mapping[str, str], by: str, request: RequestKey | None) -> Comparison:
        moment = now()
        asked = Comparison(
            id=new_id("comparison"),
            tenant=tenant,
            **told,
            state=ComparisonState.WAITING,
            revision=0,
            version=1,
            problem="",
            found=None,
            made_by=by,
            made=moment,
            changed=moment,
        )
        with self._database.writing() as connection:
            if request is not None:
                known = (comparisons.c.tenant == tenant) & (comparisons.c.request_key == request.key)
                row = connection.execute(select(comparisons).where(known)).mappings().one_or_none()
                if row is not None:
                    return _comparison(same_request(row, request))
            both = [find_case(connection, tenant, told[side], lock=True) for side in ("before", "after")]
            if both[0].id == both[1].id:
                message = said("refused.two_inspections")
                raise CaseRefused(message)
            if not asked.reference:
                asked = replace(asked, reference=both[1].facts.reference)
            connection.execute(insert(comparisons).values(_row(asked) | request_columns(request)))
            self._tell(connection, asked, "comparison.asked", case=both[1], by=by, detail={})
            return self._begun(connection, asked, both)

    def begin(self, connection: Connection, event: int) -> None:
        """Begins what waited for the case that an event tells of, within the event's transaction."""
        case = select(events.c.case).where(events.c.number == event).scalar_subquery()
        named = or_(comparisons.c.before == case, comparisons.c.after == case)
        waiting = select(comparisons).where(named, comparisons.c.state == ComparisonState.WAITING.value)
        for row in connection.execute(waiting).mappings().all():
            one = _comparison(row)
            self._begun(connection, one, [find_case(connection, one.tenant, name) for name in (one.before, one.after)])

    def comparison(self, tenant: str, comparison_id: str) -> Comparison:
        """One comparison.

        Raises:
            UnknownComparison: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            return _find(connection, tenant, comparison_id)

    def page(self, tenant: str, *, before: str | None = None, text: str = "", limit: int = 50) -> Sequence[Comparison]:
        """At most so many comparisons, the latest first, without what they found."""
        columns = [column for column in comparisons.c if column.name != "found"]
        wanted = select(*columns).where(comparisons.c.tenant == tenant).order_by(comparisons.c.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(comparisons.c.id < before)
        if text.strip():
            holds = comparisons.c.reference.icontains(text.strip()[:100], autoescape=True)
            named = [comparisons.c[name] == text.strip() for name in ("id", "before", "after")]
            wanted = wanted.where(or_(holds, *named))
        with self._database.reading() as connection:
            return [_comparison(row) for row in connection.execute(wanted).mappings()]

    def uncompared(self, tenant: str, *, limit: int = 500) -> Sequence[tuple[Case, Case]]:
        """Rental cases with one reference of which the first and the last are in no comparison together."""
        wanted = (
            select(cases.c.id, cases.c.reference)
            .where(cases.c.tenant == tenant, cases.c.reference != "")
            .where(cases.c.facts["purpose"].as_string() == Purpose.RENTAL.value)
            .order_by(cases.c.id.desc())
            .limit(limit)
        )
        done = select(comparisons.c.before, comparisons.c.after).where(comparisons.c.tenant == tenant)
        with self._database.reading() as connection:
            known = {(row["before"], row["after"]) for row in connection.execute(done).mappings()}
            named: dict[str, list[str]] = {}
            for row in connection.execute(wanted).mappings():
                named.setdefault(row["reference"], []).insert(0, row["id"])
            pairs = [(ids[0], ids[-1]) for ids in named.values() if len(ids) > 1]
            return [
                (find_case(connection, tenant, first), find_case(connection, tenant, last))
                for first, last in pairs
                if (first, last) not in known
            ]

    def working(self) -> Sequence[Comparison]:
        """The comparisons of all tenants that are worked on, or wait for it."""
        wanted = select(comparisons).where(comparisons.c.state == ComparisonState.WORKING.value)
        with self._database.reading() as connection:
            return [_comparison(row) for row in connection.execute(wanted).mappings()]

    def find(self, comparison_id: str, version: int) -> Comparison | None:
        """A comparison as long as that version of it is what is being worked on."""
        own = (comparisons.c.id == comparison_id) & (comparisons.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(select(comparisons).where(own)).mappings().one_or_none()
        one = None if row is None else _comparison(row)
        return one if one is not None and one.state is ComparisonState.WORKING else None

    def publish(self, one: Comparison, found: Mapping[str, Any], *, by: str) -> bool:
        """Makes known what was found; False where it already was."""
        counts = {state: count for state, count in found["changes"]["counts"].items() if count}
        return self._end(one, "comparison.ready", by, {"counts": counts}, state=ComparisonState.READY, found=found)

    def fail(self, one: Comparison, problem: str, *, by: str) -> bool:
        """Says why a comparison failed; False where it ended otherwise before."""
        told = {"problem": problem}
        return self._end(one, "comparison.failed", by, told, state=ComparisonState.FAILED, problem=problem)

    def wait(self, one: Comparison) -> None:
        """Lets a comparison wait for its cases again: one of them was changed since."""
        with self._database.writing() as connection:
            present = _find(connection, one.tenant, one.id, lock=True)
            if (present.state, present.version) == (ComparisonState.WORKING, one.version):
                waiting = _write(connection, replace(present, state=ComparisonState.WAITING))
                both = [find_case(connection, one.tenant, name) for name in (one.before, one.after)]
                self._begun(connection, waiting, both)

    def marks(self, tenant: str, comparison_id: str) -> Sequence[PairMark]:
        """What people said of a comparison, the first one first.

        Raises:
            UnknownComparison: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            _find(connection, tenant, comparison_id)
            return _marks(connection, comparison_id)

    def mark(self, tenant: str, comparison_id: str, mark: PairMark, *, by: str) -> Comparison:
        """Keeps what a person says of a pair.

        Raises:
            UnknownComparison: the tenant has none of that name.
            CaseNotReady: nothing was compared yet.
            CaseChanged: somebody said something of it since the person read it.
            CaseRefused: the mark does not fit the changes as they stand.
        """
        with self._database.writing() as connection:
            present = _find(connection, tenant, comparison_id, lock=True)
            if present.found is None:
                message: str = said("refused.comparison_not_ready")
                raise CaseNotReady(message)
            if present.revision != mark.revision:
                message = f"the comparison is of revision {present.revision} by now: look at it again"
                raise CaseChanged(message)
            check_mark(mark, standing_changes(present.found["changes"], _marks(connection, comparison_id)))
            kept = replace(mark, by=by, at=now(), reason=mark.reason.strip())
            number = connection.execute(
                insert(comparison_marks)
                .values(_mark_row(kept) | {"comparison": present.id})
                .returning(comparison_marks.c.number)
            ).scalar_one()
            changed = _write(connection, replace(present, revision=present.revision + 1))
            told = {key: value for key, value in _mark_row(kept).items() if key not in {"by", "at"}}
            after = find_case(connection, tenant, present.after)
            self._tell(connection, changed, "comparison.corrected", case=after, by=by, detail=told | {"mark": number})
        return changed

    def _begun(self, connection: Connection, one: Comparison, both: Sequence[Case]) -> Comparison:
        if any(case.state not in _WITH_RESULTS for case in both):
            return one
        begun = _write(connection, replace(one, state=ComparisonState.WORKING))
        self._enqueue(connection, begun)
        return begun

    def _end(self, one: Comparison, kind: str, by: str, told: Mapping[str, Any], **changes: Any) -> bool:
        with self._database.writing() as connection:
            present = _find(connection, one.tenant, one.id, lock=True)
            if present.state is not ComparisonState.WORKING or present.version != one.version:
                return False
            ended = _write(connection, replace(present, **changes))
            after = find_case(connection, one.tenant, one.after)
            self._tell(connection, ended, kind, case=after, by=by, detail=told)
        return True

    def _tell(
        self, connection: Connection, one: Comparison, kind: str, *, case: Case, by: str, detail: Mapping[str, Any]
    ) -> None:
        named = {"comparison": one.id, "before": one.before, "after": one.after}
        self._cases.tell(connection, case, kind, by, named | dict(detail))


def _find(connection: Connection, tenant: str, comparison_id: str, *, lock: bool = False) -> Comparison:
    wanted = select(comparisons).where(comparisons.c.id == comparison_id, comparisons.c.tenant == tenant)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().one_or_none()
    if row is None:
        message = f"there is no comparison {comparison_id[:64]!r}"
        raise UnknownComparison(message)
    return _comparison(row)


def _write(connection: Connection, one: Comparison) -> Comparison:
    written = replace(one, version=one.version + 1, changed=now())
    values = {key: value for key, value in _row(written).items() if key not in {"id", "tenant", "made", "made_by"}}
    connection.execute(update(comparisons).where(comparisons.c.id == one.id).values(values))
    return written


def _comparison(row: RowMapping) -> Comparison:
    names = ("id", "tenant", "reference", "before", "after", "charges", "revision", "version", "problem")
    return Comparison(
        **{name: row[name] for name in names},
        state=ComparisonState(row["state"]),
        found=row.get("found"),
        made_by=row["made_by"],
        made=row["made"],
        changed=row["changed"],
    )


def _row(one: Comparison) -> dict[str, Any]:
    names = ("id", "tenant", "reference", "before", "after", "charges", "revision", "version", "problem", "found")
    told = {name: getattr(one, name) for name in (*names, "made_by", "made", "changed")}
    return told | {"state": one.state.value}


def _marks(connection: Connection, comparison_id: str) -> list[PairMark]:
    own = comparison_marks.c.comparison == comparison_id
    rows = connection.execute(select(comparison_marks).where(own).order_by(comparison_marks.c.number)).mappings()
    return [
        PairMark(
            kind=MarkKind(row["kind"]),
            revision=row["revision"],
            before=tuple(row["before"]),
            after=tuple(row["after"]),
            undoes=row["undoes"],
            reason=row["reason"],
            number=row["number"],
            by=row["by"],
            at=row["at"],
        )
        for row in rows
    ]


def _mark_row(mark: PairMark) -> dict[str, Any]:
    return {
        "kind": mark.kind.value,
        "revision": mark.revision,
        "before": list(mark.before),
        "after": list(mark.after),
        "undoes": mark.undoes,
        "reason": mark.reason,
        "by": mark.by,
        "at": mark.at,
    }
