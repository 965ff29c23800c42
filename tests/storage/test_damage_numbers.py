from typing import Any

import pytest
from alembic import command
from sqlalchemy import delete, insert, select, text

from coachwork.cases.case import Case
from coachwork.cases.corrections import CorrectionKind, Mark, standing_damages
from coachwork.cases.people import Person
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.correction_tables import corrections
from coachwork.storage.damage_number_tables import damage_numbers
from coachwork.storage.database import Database, alembic_config
from coachwork.storage.tables import results
from coachwork.taxonomy import DamageType
from tests.cases.test_corrections import BOX, SHA, inspection
from tests.storage.test_case_store import submitted
from tests.storage.test_correction_store import change, count

MARK = Mark(sha256=SHA[0], outline=BOX)


@pytest.fixture
def store(database: Database, cases: CaseStore) -> CorrectionStore:
    return CorrectionStore(database, cases)


def inspected(cases: CaseStore, case: Case, told: dict[str, Any]) -> Case:
    cases.keep_inspection(case, told)
    assert cases.publish(case, estimate={"total": "1.00"}, settlement=None, by="w")
    return cases.case(case.tenant, case.id)


def again(cases: CaseStore, case: Case, told: dict[str, Any]) -> Case:
    """Handed over once more, and looked at anew."""
    cases.change_facts(case.tenant, case.id, case.facts, by="x")
    return inspected(cases, cases.submit(case.tenant, case.id, by="x", enqueue=lambda *_: None), told)


def add(store: CorrectionStore, case: Case, person: Person) -> Case:
    return store.keep(
        case.id,
        change(case, kind=CorrectionKind.ADD, damage="", part=None, type=DamageType.RUST, mark=MARK),
        person,
        priced=count,
    )


def more_found() -> dict[str, Any]:
    """The damages in another order, with one that nobody saw before the surest."""
    told = inspection()
    told["damages"].reverse()
    told["photos"][1]["damages"].append({"type": "crack", "box": [80, 1, 95, 9]})
    told["damages"].insert(0, told["damages"][0] | {"type": "crack", "views": [{"photo": 1, "damage": 1}]})
    return told


def standing(cases: CaseStore, store: CorrectionStore, case: Case) -> list[tuple[int, str]]:
    told = cases.result(case.tenant, case.id).inspection
    found = standing_damages(told, store.corrections(case.tenant, case.id))
    return [(one.number, one.type.value) for one in found.damages if not one.deleted]


def test_numbers_last_through_corrections_and_more_photos(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person
) -> None:
    case = inspected(cases, submitted(cases, tenant), inspection())
    other = inspected(cases, submitted(cases, tenant), inspection())
    case = store.keep(case.id, change(case, kind=CorrectionKind.DELETE, part=None), anna, priced=count)
    case = add(store, case, anna)
    assert standing(cases, store, case) == [(2, "scratch"), (3, "rust")]
    case = again(cases, case, more_found())
    assert standing(cases, store, case) == [(2, "scratch"), (3, "rust"), (4, "crack")]
    case = add(store, case, anna)
    assert standing(cases, store, case)[-1] == (5, "rust")
    kept = store.corrections(tenant, case.id)
    case = store.keep(
        case.id,
        change(case, kind=CorrectionKind.UNDO, damage="", part=None, undoes=kept[-1].number),
        anna,
        priced=count,
    )
    told = [one.detail["damage_number"] for one in cases.events(tenant, case.id) if one.kind == "damage.corrected"]
    assert told == [1, 3, 5, 5], "what was deleted, added, added, and undone"
    case = add(store, case, anna)
    assert standing(cases, store, case)[-1] == (6, "rust"), "the number of what was undone is not given again"
    assert standing(cases, store, other) == [(1, "dent"), (2, "scratch")]


def test_an_inspection_is_numbered_once(cases: CaseStore, database: Database, tenant: str) -> None:
    case = submitted(cases, tenant)
    for _ in range(2):
        cases.keep_inspection(case, inspection())
    with database.reading() as connection:
        rows = connection.execute(select(damage_numbers.c.number).order_by(damage_numbers.c.number)).scalars()
        assert list(rows) == [1, 1, 2], "a row for each view"


def test_cases_from_before_keep_the_numbers_that_people_saw(
    cases: CaseStore, store: CorrectionStore, database: Database, tenant: str, *, anna: Person
) -> None:
    case = inspected(cases, submitted(cases, tenant), inspection())
    with database.writing() as connection:
        connection.execute(delete(damage_numbers))
        connection.execute(results.update().values(inspection=inspection()))
    case = add(store, case, anna)
    assert standing(cases, store, case) == [(1, "dent"), (2, "scratch"), (3, "rust")]
    case = again(cases, case, more_found())
    assert standing(cases, store, case) == [(1, "dent"), (2, "scratch"), (3, "rust"), (4, "crack")]


def test_the_migration_numbers_what_people_had_added(
    cases: CaseStore, store: CorrectionStore, database: Database, tenant: str, *, anna: Person
) -> None:
    case = inspected(cases, submitted(cases, tenant), inspection())
    with database.writing() as connection:
        for _ in range(2):
            values = {"case": case.id, "revision": case.revision, "kind": "add", "damage": "", "reason": "", "by": "a"}
            detail = {"type": "rust", "photo": SHA[0], "outline": [list(point) for point in BOX]}
            connection.execute(insert(corrections).values(**values, detail=detail, person=anna.id, at=now()))
        connection.execute(text("drop table damage_numbers"))
        command.stamp(alembic_config(connection), "0014")
        command.upgrade(alembic_config(connection), "0015")
    assert standing(cases, store, case) == [(1, "dent"), (2, "scratch"), (3, "rust"), (4, "rust")]
    case = again(cases, case, more_found())
    assert standing(cases, store, case) == [(1, "dent"), (2, "scratch"), (3, "rust"), (4, "rust"), (5, "crack")]
