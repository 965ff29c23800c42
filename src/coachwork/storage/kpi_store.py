"""What the KPIs rest on, read from the tables: a record for each case that something happened to in some months."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Select, func, select, tuple_

from coachwork.cases.case import DecisionKind, Purpose
from coachwork.cases.corrections import standing_damages
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.claims.settlement import Route
from coachwork.kpis.record import CaseRecord, Ending, JudgedDamages, Own
from coachwork.reports.car.damage_contents import LIKELY_FROM
from coachwork.storage.correction_store import corrections_of
from coachwork.storage.correction_tables import approvals, corrections
from coachwork.storage.customer_tables import customer_answers
from coachwork.storage.database import Database
from coachwork.storage.outcome_store import outcome_of
from coachwork.storage.outcome_tables import outcomes
from coachwork.storage.tables import cases, decisions, events, photos, results

_AT_ONCE = 500
_ENDS = {DecisionKind.OFFER, DecisionKind.DECLINE, DecisionKind.SURVEY, DecisionKind.CLOSE}


class KpiStore:
    """Reads records of cases."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def records(self, tenant: str, since: datetime) -> Sequence[CaseRecord]:
        """The cases of a tenant that something happened to since a moment, the first opened one first."""
        happened = select(events.c.case).where(events.c.tenant == tenant, events.c.at >= since).distinct()
        wanted = select(cases.c.id).where(cases.c.tenant == tenant, cases.c.id.in_(happened)).order_by(cases.c.id)
        with self._database.reading() as connection:
            names = list(connection.execute(wanted).scalars())
            return [
                record
                for start in range(0, len(names), _AT_ONCE)
                for record in _records(connection, names[start : start + _AT_ONCE])
            ]


def _records(connection: Connection, names: Sequence[str]) -> Iterable[CaseRecord]:
    own, given = _own(connection, names), _photos(connection, names)
    endings, asked = _endings(connection, names)
    done, accepted = _work(connection, names), _answers(connection, names)
    real, judged = _outcomes(connection, names), _judged(connection, names)
    for row in connection.execute(select(cases).where(cases.c.id.in_(names)).order_by(cases.c.id)).mappings():
        case, ready, worked, failures = row["id"], *done.get(row["id"], (None, (), 0))
        answer, ending = accepted.get(case), endings.get(case)
        if answer is not None and answer[0] and (ending is None or answer[1] < ending.at):
            ending = Ending(at=answer[1], kind=None, by_person=False) if ending is None else ending
        yield CaseRecord(
            id=case,
            purpose=Purpose(row["facts"]["purpose"]),
            opened=row["opened"],
            photos=given.get(case, (0, 0))[0],
            unusable=given.get(case, (0, 0))[1],
            asked_again=case in asked,
            ready=ready,
            work_s=worked,
            failures=failures,
            corrected=case in judged and judged[case][0],
            own=own.get(case),
            ending=ending,
            accepted=None if answer is None else answer[0],
            market_value=_market_value(row["facts"]),
            outcomes=real.get(case, {}),
            judged=judged[case][1] if case in judged else None,
        )


def _own(connection: Connection, names: Sequence[str]) -> Mapping[str, Own]:
    """What the program proposed: of each case the last results that nobody's correction changed."""
    total = results.c.estimate["total"]
    columns: dict[str, Any] = {
        "repair": total["likely"],
        "currency": total["currency"],
        "loss": results.c.estimate["total_loss"]["outcome"],
        "route": results.c.settlement["route"],
        "payout": results.c.settlement["payout"]["likely"],
        "deductible": results.c.settlement["policy"]["deductible"],
        "limit": results.c.settlement["policy"]["limit"],
    }
    last = (
        select(results.c.case, func.max(results.c.revision))
        .where(results.c.case.in_(names), results.c.damages.is_(None), results.c.estimate.is_not(None))
        .group_by(results.c.case)
    )
    texts = [value.as_string().label(name) for name, value in columns.items()]
    wanted = select(results.c.case, *texts).where(tuple_(results.c.case, results.c.revision).in_(last))
    found = {}
    for row in connection.execute(wanted).mappings():
        repair = _amount(row["repair"])
        if repair is None or not row["currency"]:
            continue
        route = row["route"]
        found[row["case"]] = Own(
            repair=repair,
            currency=row["currency"],
            route=Route(route) if route in list(Route) else None,
            payout=_amount(row["payout"]),
            deductible=_amount(row["deductible"]),
            limit=_amount(row["limit"]),
            total_loss=row["loss"] == "yes",
        )
    return found


def _photos(connection: Connection, names: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Case -> photos, and those that are not good enough."""
    good = func.count().filter(photos.c.usable.is_(True))
    wanted = select(photos.c.case, func.count(), good).where(photos.c.case.in_(names)).group_by(photos.c.case)
    return {case: (count, count - usable) for case, count, usable in _rows(connection, wanted)}


def _endings(connection: Connection, names: Sequence[str]) -> tuple[Mapping[str, Ending], frozenset[str]]:
    """Case -> its end by decisions that stand; and the cases in which more photos were asked for."""
    told = select(decisions, approvals.c.approved, approvals.c.at.label("approved_at"))
    wanted = told.join_from(decisions, approvals, isouter=True).where(decisions.c.case.in_(names))
    found: dict[str, Ending] = {}
    asked = set()
    for row in connection.execute(wanted.order_by(decisions.c.id)).mappings():
        kind = DecisionKind(row["kind"])
        if kind is DecisionKind.MORE_PHOTOS:
            asked.add(row["case"])
        if kind not in _ENDS or (row["needs_approval"] and not row["approved"]):
            continue
        earlier = found.get(row["case"])
        offered = kind is DecisionKind.OFFER
        found[row["case"]] = Ending(
            at=(row["approved_at"] or row["at"]) if earlier is None else earlier.at,
            kind=kind,
            by_person=True,  # programs that send decisions pass on what a person decided
            offered=_amount(row["amount"]) if offered else None,
            currency=row["currency"] if offered else None,
        )
    return found, frozenset(asked)


def _work(connection: Connection, names: Sequence[str]) -> Mapping[str, tuple[datetime | None, tuple[float, ...], int]]:
    """Case -> first results, seconds of each time that work ended well, and how often it did not."""
    kinds = ("case.submitted", "case.ready", "case.failed")
    wanted = select(events.c.case, events.c.kind, events.c.at).where(events.c.case.in_(names), events.c.kind.in_(kinds))
    handed: dict[str, datetime] = {}
    first: dict[str, datetime] = {}
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    failures: defaultdict[str, int] = defaultdict(int)
    for case, kind, at in _rows(connection, wanted.order_by(events.c.number)):
        if kind == "case.submitted":
            handed[case] = at
        elif kind == "case.failed":
            failures[case] += 1
        else:
            first.setdefault(case, at)
            if case in handed:
                seconds[case].append((at - handed[case]).total_seconds())
    return {case: (first.get(case), tuple(seconds[case]), failures[case]) for case in handed | first}


def _answers(connection: Connection, names: Sequence[str]) -> Mapping[str, tuple[bool, datetime]]:
    """Case -> whether the customer's last answer accepts, and when it came."""
    wanted = select(customer_answers.c.case, customer_answers.c.kind, customer_answers.c.at)
    wanted = wanted.where(customer_answers.c.case.in_(names)).order_by(customer_answers.c.id)
    return {case: (kind == "accept", at) for case, kind, at in _rows(connection, wanted)}


def _outcomes(connection: Connection, names: Sequence[str]) -> Mapping[str, Mapping[OutcomeKind, CaseOutcome]]:
    wanted = select(outcomes).where(outcomes.c.case.in_(names)).order_by(outcomes.c.id)
    found: defaultdict[str, dict[OutcomeKind, CaseOutcome]] = defaultdict(dict)
    for row in connection.execute(wanted).mappings():
        one = outcome_of(row)
        found[row["case"]][one.kind] = one
    return found


def _judged(connection: Connection, names: Sequence[str]) -> Mapping[str, tuple[bool, JudgedDamages | None]]:
    """Case with corrections -> whether one counts, and what they say of the last inspection."""
    touched = select(corrections.c.case).where(corrections.c.case.in_(names)).distinct()
    last = (
        select(results.c.case, func.max(results.c.revision)).where(results.c.case.in_(touched)).group_by(results.c.case)
    )
    wanted = select(results.c.case, results.c.inspection).where(tuple_(results.c.case, results.c.revision).in_(last))
    return {case: _judgement(connection, case, inspection) for case, inspection in _rows(connection, wanted)}


def _judgement(connection: Connection, case: str, inspection: Mapping[str, Any]) -> tuple[bool, JudgedDamages | None]:
    standing = standing_damages(inspection, corrections_of(connection, case))
    if not standing.corrected:
        return False, None
    told = [one["probability"] for one in inspection["damages"]]
    found, missed = [], 0
    for place, damage in enumerate(standing.damages):
        probability = told[place] if place < len(told) else None
        if place >= len(told):
            missed += not damage.deleted
        elif probability is not None and (damage.by or probability >= LIKELY_FROM):
            found.append((float(probability), not damage.deleted))
    return True, JudgedDamages(photos=len(inspection["photos"]), found=tuple(found), missed=missed)


def _market_value(facts: Mapping[str, Any]) -> tuple[Decimal, str] | None:
    car = facts.get("vehicle") or {}
    value, currency = _amount(car.get("market_value")), car.get("currency")
    return None if value is None or not currency else (value, str(currency))


def _amount(told: object) -> Decimal | None:
    if told is None:
        return None
    try:
        return Decimal(str(told))
    except InvalidOperation:
        return None


def _rows(connection: Connection, wanted: Select[Any]) -> Iterable[Any]:
    return connection.execute(wanted)
