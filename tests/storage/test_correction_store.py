from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from coachwork.cases.access import NotAllowed
from coachwork.cases.case import Approval, Case, CaseState, DecisionKind
from coachwork.cases.corrections import Correction, CorrectionKind, Mark, standing_damages
from coachwork.cases.people import Person, Role
from coachwork.cases.problems import CaseChanged, CaseNotReady, CaseRefused, UnknownCase
from coachwork.cases.work_corrections import work_of
from coachwork.estimates.rules import Operation
from coachwork.estimates.work_changes import WorkChange, WorkDeed
from coachwork.storage.case_store import CaseStore
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.people_store import PeopleStore
from coachwork.taxonomy import CarPart, DamageType, Item
from tests.cases.test_corrections import BOX, SHA, inspection
from tests.storage.test_case_store import decision, submitted


def count(_case: Case, _inspection: Mapping[str, Any], corrections: Sequence[Correction]) -> Mapping[str, Any]:
    """Stands for pricing: tells how many corrections it was given."""
    return {"estimate": {"corrections": len(corrections)}, "settlement": None, "damages": []}


@pytest.fixture
def cases(database: Database) -> CaseStore:
    return CaseStore(database, four_eyes_above=Decimal(100))


@pytest.fixture
def store(database: Database, cases: CaseStore) -> CorrectionStore:
    return CorrectionStore(database, cases)


@pytest.fixture
def bert(database: Database, tenant: str) -> Person:
    return PeopleStore(database).add(tenant, "bert", Role.SUPERVISOR)[0]


def ready(cases: CaseStore, tenant: str) -> Case:
    case = submitted(cases, tenant)
    cases.keep_inspection(case, inspection())
    assert cases.publish(case, estimate={"total": "1.00"}, settlement=None, by="w")
    return cases.case(tenant, case.id)


def change(case: Case, **more: Any) -> Correction:
    damage = standing_damages(inspection(), []).damages[0].key
    values: dict[str, Any] = {"kind": CorrectionKind.CHANGE, "revision": case.revision, "damage": damage}
    values["part"] = CarPart.ROOF
    return Correction(**(values | more))


def test_a_correction_is_kept_with_its_results_and_told(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person
) -> None:
    case = ready(cases, tenant)
    after = store.keep(case.id, change(case, reason="seen <b>"), anna, priced=count)
    assert (after.revision, after.state) == (case.revision + 1, CaseState.READY)
    assert cases.result(tenant, case.id).estimate == {"corrections": 1}
    (kept,) = store.corrections(tenant, case.id)
    assert (kept.part, kept.type, kept.by, kept.reason) == (CarPart.ROOF, None, "anna", "seen <b>")
    event = cases.events(tenant, case.id)[-1]
    assert (event.kind, event.by, event.detail["part"]) == ("damage.corrected", "anna", "roof")
    mark = Mark(sha256=SHA[0], outline=BOX)
    added = change(after, kind=CorrectionKind.ADD, damage="", type=DamageType.RUST, part=None, mark=mark)
    store.keep(case.id, added, anna, priced=count)
    assert store.corrections(tenant, case.id)[1].mark == mark


def test_corrections_of_results_that_are_not_the_last_ones_are_refused(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person
) -> None:
    case = ready(cases, tenant)
    store.keep(case.id, change(case), anna, priced=count)
    with pytest.raises(CaseChanged):
        store.keep(case.id, change(case, part=CarPart.BONNET), anna, priced=count)
    with pytest.raises(CaseChanged):
        cases.decide(tenant, case.id, decision(case))
    open_case = cases.open_case(tenant, case.facts, by="a")
    with pytest.raises(CaseNotReady):
        store.keep(open_case.id, change(open_case), anna, priced=count)


def test_what_cannot_be_priced_leaves_nothing(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person
) -> None:
    case = ready(cases, tenant)

    def fails(*_: object) -> Mapping[str, Any]:
        message = "no price"
        raise CaseRefused(message)

    with pytest.raises(CaseRefused):
        store.keep(case.id, change(case), anna, priced=fails)
    assert store.corrections(tenant, case.id) == []
    assert cases.case(tenant, case.id) == case


def test_another_tenants_cases_do_not_exist(
    cases: CaseStore, store: CorrectionStore, tenant: str, database: Database
) -> None:
    case = ready(cases, tenant)
    stranger, _ = PeopleStore(database).add(KeyStore(database).tenant("other"), "eve", Role.SUPERVISOR)
    offered = cases.decide(tenant, case.id, decision(case))
    with pytest.raises(UnknownCase):
        store.keep(case.id, change(case), stranger, priced=count)
    with pytest.raises(UnknownCase):
        store.corrections(stranger.tenant, case.id)
    with pytest.raises(UnknownCase):
        store.approve(stranger, case.id, offered.id, approved=True, reason="")


def test_an_offer_above_the_amount_stands_once_a_second_person_agrees(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person, bert: Person
) -> None:
    case = ready(cases, tenant)
    offer = cases.decide(tenant, case.id, decision(case, person=anna.id, by=anna.login))
    assert offer.approval is Approval.AWAITED
    assert cases.case(tenant, case.id).state is CaseState.READY
    assert cases.decisions(tenant, case.id) == []
    with pytest.raises(NotAllowed, match="your own"):
        store.approve(anna, case.id, offer.id, approved=True, reason="")
    agreed = store.approve(bert, case.id, offer.id, approved=True, reason="fine")
    assert (agreed.approval, agreed.approved_by) == (Approval.GIVEN, "bert")
    assert cases.case(tenant, case.id).state is CaseState.DECIDED
    assert cases.decisions(tenant, case.id) == [agreed]
    with pytest.raises(CaseRefused, match="any more"):
        store.approve(bert, case.id, offer.id, approved=False, reason="no")
    kinds = [one.kind for one in cases.events(tenant, case.id)]
    assert kinds[-2:] == ["case.approval_asked", "case.decided"]


def test_a_refused_offer_does_not_stand(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person, bert: Person
) -> None:
    case = ready(cases, tenant)
    offer = cases.decide(tenant, case.id, decision(case, person=anna.id, by=anna.login))
    refused = store.approve(bert, case.id, offer.id, approved=False, reason="too much")
    assert (refused.approval, refused.approval_reason) == (Approval.REFUSED, "too much")
    assert cases.case(tenant, case.id).state is CaseState.READY
    assert cases.decisions(tenant, case.id) == []


@pytest.mark.parametrize(
    ("changed", "approval"),
    [
        ({"amount": "100.00"}, Approval.NOT_NEEDED),
        ({"amount": "100.01"}, Approval.AWAITED),
        ({"amount": None, "kind": DecisionKind.DECLINE}, Approval.NOT_NEEDED),
    ],
)
def test_only_offers_above_the_amount_wait(
    cases: CaseStore, tenant: str, changed: dict[str, object], approval: Approval
) -> None:
    case = ready(cases, tenant)
    assert cases.decide(tenant, case.id, decision(case, **changed)).approval is approval


def test_an_offer_that_waits_lapses_when_the_results_change(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person, bert: Person
) -> None:
    case = ready(cases, tenant)
    offer = cases.decide(tenant, case.id, decision(case, person=anna.id))
    store.keep(case.id, change(case), anna, priced=count)
    assert cases.all_decisions(tenant, case.id)[0].approval is Approval.LAPSED
    with pytest.raises(CaseRefused):
        store.approve(bert, case.id, offer.id, approved=True, reason="")


def test_later_results_know_the_signs_of_fraud_still(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person
) -> None:
    case = submitted(cases, tenant)
    cases.keep_inspection(case, inspection(), {"schema": "coachwork.fraud/1"})
    assert cases.publish(case, estimate={"total": "1.00"}, settlement=None, by="w")
    after = store.keep(case.id, change(cases.case(tenant, case.id)), anna, priced=count)
    assert cases.signals(after) == {"schema": "coachwork.fraud/1"}


def test_lines_of_the_estimate_are_changed_with_a_reason_and_undone(
    cases: CaseStore, store: CorrectionStore, tenant: str, anna: Person
) -> None:
    case = submitted(cases, tenant)
    cases.keep_inspection(case, inspection())
    line = {"item": "roof", "place": "", "operation": "repair"}
    plans = {reading: {"lines": [line]} for reading in ("lower", "likely", "upper")}
    assert cases.publish(case, estimate={"plans": plans}, settlement=None, by="w")
    work = WorkChange(deed=WorkDeed.CHANGE, item=Item.ROOF, operation=Operation.REPAIR, hours=Decimal("2.5"))
    told = Correction(kind=CorrectionKind.WORK, revision=case.revision, work=work, reason="steel is thick")
    for wrong in (
        replace(told, reason=" "),
        replace(told, work=None),
        replace(told, work=replace(work, item=Item.BONNET)),
        replace(told, work=replace(work, deed=WorkDeed.ADD)),
        replace(told, work=replace(work, operation=Operation.ALLOWANCE)),
    ):
        with pytest.raises(CaseRefused):
            store.keep(case.id, wrong, anna, priced=count)
    after = store.keep(case.id, told, anna, priced=lambda *given: {**count(*given), "estimate": {"plans": plans}})
    (kept,) = store.corrections(tenant, case.id)
    assert (kept.work, kept.reason, kept.by) == (work, "steel is thick", "anna")
    standing = standing_damages(inspection(), [kept])
    assert not standing.corrected
    assert [one.reason for one in work_of(standing.work)] == ["steel is thick"]
    undo = Correction(kind=CorrectionKind.UNDO, revision=after.revision, undoes=kept.number)
    store.keep(case.id, undo, anna, priced=count)
    assert standing_damages(inspection(), store.corrections(tenant, case.id)).work == ()
    kinds = [event.kind for event in cases.events(tenant, case.id)]
    assert kinds[-2:] == ["estimate.changed", "estimate.changed"]
