from datetime import timedelta

import pytest

from coachwork.cases.case import Case, DecisionKind
from coachwork.cases.corrections import Correction, CorrectionKind, Mark
from coachwork.cases.people import Person
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.database import Database
from coachwork.storage.handled_store import handled_cases
from coachwork.taxonomy import DamageType
from tests.cases.test_corrections import BOX, SHA
from tests.storage.test_case_store import decision
from tests.storage.test_correction_store import cases, change, count, ready, store

__all__ = ["cases", "store"]


def test_nobody_has_handled_anything_at_first(database: Database, cases: CaseStore, tenant: str) -> None:
    ready(cases, tenant)
    assert handled_cases(database) == []


def test_a_case_that_was_decided_as_it_was_is_no_override(database: Database, cases: CaseStore, tenant: str) -> None:
    case = ready(cases, tenant)
    cases.decide(tenant, case.id, decision(case, kind=DecisionKind.CLOSE, amount=None, currency=None))
    (found,) = handled_cases(database, tenant=tenant)
    assert (found.shown, found.deleted, found.changed, found.added) == (found.shown, 0, 0, 0)
    assert found.shown > 0
    assert not found.overridden
    assert found.market == "default"
    assert handled_cases(database, since=now() + timedelta(days=1)) == []
    assert handled_cases(database, tenant="another") == []


@pytest.mark.parametrize("kind", [CorrectionKind.CHANGE, CorrectionKind.DELETE, CorrectionKind.ADD])
def test_what_a_person_said_is_counted(
    kind: CorrectionKind, database: Database, cases: CaseStore, store: CorrectionStore, anna: Person
) -> None:
    case = ready(cases, anna.tenant)
    store.keep(case.id, said(kind, case), anna, priced=count)
    (found,) = handled_cases(database)
    expected = {CorrectionKind.CHANGE: (0, 1, 0), CorrectionKind.DELETE: (1, 0, 0), CorrectionKind.ADD: (0, 0, 1)}[kind]
    assert (found.deleted, found.changed, found.added) == expected
    assert found.overridden


def said(kind: CorrectionKind, case: Case) -> Correction:
    if kind is CorrectionKind.ADD:
        mark = Mark(sha256=SHA[0], outline=BOX)
        return Correction(kind=kind, revision=case.revision, type=DamageType.DENT, mark=mark)
    more = {"type": DamageType.RUST} if kind is CorrectionKind.CHANGE else {"type": None}
    return change(case, kind=kind, **more)
