import hashlib
from datetime import date
from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import Connection

from coachwork.cases.case import Case, CasePhoto, CaseState, Decision, DecisionKind, Facts, Purpose
from coachwork.cases.identity import new_id
from coachwork.cases.problems import CaseBusy, CaseChanged, CaseNotReady, CaseRefused, KeyReused, UnknownCase
from coachwork.claims.claim_files import Cause, Loss
from coachwork.geometry.size import Size
from coachwork.inspections.vehicle import Body, Vehicle
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import RequestKey
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore

FACTS = Facts(
    reference="claim 7",
    purpose=Purpose.CLAIM,
    vehicle=Vehicle(make="Volkswagen", body=Body.ESTATE, market_value=Decimal("9500.50"), currency="EUR"),
    loss=Loss(on=date(2026, 3, 1), cause=Cause.PARKING, injured=False),
)


def photo(content: str) -> CasePhoto:
    return CasePhoto(
        id=new_id("photo"),
        place=0,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        name=f"{content}.jpg",
        media_type="image/jpeg",
        bytes=len(content),
        size=Size(height=480, width=640),
        usable=True,
        advice=("closer",),
        added=now(),
    )


class Queue:
    """Stands for the queue of the work, and keeps what is put into it."""

    def __init__(self, into: list[Case]) -> None:
        self.into = into

    def __call__(self, _connection: Connection, case: Case) -> None:
        self.into.append(case)


def submitted(cases: CaseStore, tenant: str) -> Case:
    case = cases.open_case(tenant, FACTS, by="a")
    cases.add_photo(tenant, case.id, photo("x"), by="a")
    return cases.submit(tenant, case.id, by="a", enqueue=Queue([]))


def ready(cases: CaseStore, tenant: str) -> Case:
    case = submitted(cases, tenant)
    cases.keep_inspection(case, {"verdict": "damaged"})
    assert cases.publish(case, estimate={"total": "1.00"}, settlement=None, by="w")
    return cases.case(tenant, case.id)


def decision(case: Case, **changed: object) -> Decision:
    values = {
        "id": new_id("decision"),
        "revision": case.revision,
        "kind": DecisionKind.OFFER,
        "amount": "120.00",
        "currency": "EUR",
        "reason": "as estimated",
        "by": "Ada",
        "at": now(),
    }
    return Decision(**(values | changed))  # type: ignore[arg-type]


def test_a_tenant_has_no_cases_at_first(cases: CaseStore, tenant: str) -> None:
    assert cases.cases(tenant) == []
    with pytest.raises(UnknownCase):
        cases.case(tenant, "case_0")


def test_what_is_told_of_a_case_comes_back_as_it_was(cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    assert cases.case(tenant, case.id) == case
    assert case.facts == FACTS


def test_another_tenant_sees_nothing(cases: CaseStore, tenant: str, database: Database) -> None:
    case = ready(cases, tenant)
    other = KeyStore(database).tenant("other")
    for ask in (cases.case, cases.photos, cases.result, cases.events, cases.decisions):
        with pytest.raises(UnknownCase):
            ask(other, case.id)
    with pytest.raises(UnknownCase):
        cases.add_photo(other, case.id, photo("y"), by="b")
    with pytest.raises(UnknownCase):
        cases.submit(other, case.id, by="b", enqueue=Queue([]))
    assert cases.cases(other) == []


def test_cases_are_listed_from_the_latest_on_page_by_page(cases: CaseStore, tenant: str) -> None:
    made = [cases.open_case(tenant, FACTS, by="a").id for _ in range(5)]
    first = cases.cases(tenant, limit=3)
    assert [one.id for one in first] == made[::-1][:3]
    assert [one.id for one in cases.cases(tenant, before=first[-1].id, limit=3)] == made[::-1][3:]
    assert cases.cases(tenant, state=CaseState.READY) == []


def test_a_repeated_request_opens_one_case(cases: CaseStore, tenant: str) -> None:
    key = RequestKey(key="k", digest="d")
    first = cases.open_case(tenant, FACTS, by="a", request=key)
    assert cases.open_case(tenant, FACTS, by="a", request=key).id == first.id
    assert len(cases.cases(tenant)) == 1
    with pytest.raises(KeyReused):
        cases.open_case(tenant, FACTS, by="a", request=RequestKey(key="k", digest="other"))


def test_a_request_that_comes_several_times_at_once_opens_one_case(cases: CaseStore, tenant: str) -> None:
    key, opened = RequestKey(key="k", digest="d"), list[str]()
    threads = [
        Thread(target=lambda: opened.append(cases.open_case(tenant, FACTS, by="a", request=key).id)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    assert len(set(opened)) == 1


def test_the_same_bytes_are_one_photo(cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    first, new = cases.add_photo(tenant, case.id, photo("x"), by="a")
    again, renewed = cases.add_photo(tenant, case.id, photo("x"), by="a")
    assert (new, renewed) == (True, False)
    assert again.id == first.id
    second, _ = cases.add_photo(tenant, case.id, photo("y"), by="a")
    assert [one.place for one in cases.photos(tenant, case.id)] == [first.place, second.place] == [1, 2]


def test_photos_that_come_at_once_all_get_their_place(cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    threads = [
        Thread(target=cases.add_photo, args=(tenant, case.id, photo(str(n))), kwargs={"by": "a"}) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.place for one in cases.photos(tenant, case.id)] == list(range(1, 9))


def test_a_case_is_not_endless(cases: CaseStore, tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachwork.storage.case_store.MOST_PHOTOS", 3)
    case = cases.open_case(tenant, FACTS, by="a")
    for number in range(3):
        cases.add_photo(tenant, case.id, photo(str(number)), by="a")
    with pytest.raises(CaseRefused, match="open another case"):
        cases.add_photo(tenant, case.id, photo("more"), by="a")


def test_a_case_without_photos_is_not_worked_on(cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    with pytest.raises(CaseRefused, match="no photos"):
        cases.submit(tenant, case.id, by="a", enqueue=Queue([]))


def test_a_case_is_queued_once_however_often_it_is_submitted(cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    cases.add_photo(tenant, case.id, photo("x"), by="a")
    queue: list[Case] = []
    for _ in range(3):
        cases.submit(tenant, case.id, by="a", enqueue=Queue(queue))
    assert [(one.id, one.revision) for one in queue] == [(case.id, 1)]


def test_a_case_is_not_submitted_where_its_work_cannot_be_queued(cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    cases.add_photo(tenant, case.id, photo("x"), by="a")

    def broken(_connection: Connection, _case: Case) -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        cases.submit(tenant, case.id, by="a", enqueue=broken)
    assert cases.case(tenant, case.id).state is CaseState.OPEN


def test_a_case_that_is_worked_on_stays_as_it_is(cases: CaseStore, tenant: str) -> None:
    case = submitted(cases, tenant)
    with pytest.raises(CaseBusy):
        cases.add_photo(tenant, case.id, photo("y"), by="a")
    with pytest.raises(CaseBusy):
        cases.change_facts(tenant, case.id, FACTS, by="a")
    with pytest.raises(CaseNotReady, match="worked on"):
        cases.result(tenant, case.id)


def test_results_are_published_once_and_only_of_the_revision_that_is_worked_on(cases: CaseStore, tenant: str) -> None:
    case = ready(cases, tenant)
    assert case.state is CaseState.READY
    assert cases.result(tenant, case.id).inspection == {"verdict": "damaged"}
    assert not cases.publish(case, estimate={}, settlement=None, by="w")
    assert not cases.fail(case, "late", by="w")
    assert [event.kind for event in cases.events(tenant, case.id)].count("case.ready") == 1


def test_a_new_photo_opens_a_case_again_and_its_results_count_no_more(cases: CaseStore, tenant: str) -> None:
    case = ready(cases, tenant)
    cases.add_photo(tenant, case.id, photo("y"), by="a")
    with pytest.raises(CaseNotReady, match="open"):
        cases.result(tenant, case.id)
    again = cases.submit(tenant, case.id, by="a", enqueue=Queue([]))
    assert again.revision == case.revision + 1


def test_work_that_failed_says_why_and_may_be_done_again(cases: CaseStore, tenant: str) -> None:
    case = submitted(cases, tenant)
    assert cases.fail(case, "no model", by="w")
    with pytest.raises(CaseNotReady, match="no model"):
        cases.result(tenant, case.id)
    assert cases.submit(tenant, case.id, by="a", enqueue=Queue([])).state is CaseState.WORKING


def test_a_change_of_a_version_that_is_gone_is_refused(cases: CaseStore, tenant: str) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    changed = cases.change_facts(tenant, case.id, Facts(reference="new"), by="a", version=case.version)
    assert changed.facts.reference == "new"
    with pytest.raises(CaseChanged, match="version 2"):
        cases.change_facts(tenant, case.id, FACTS, by="a", version=case.version)


def test_decisions_are_kept_one_after_another(cases: CaseStore, tenant: str) -> None:
    case = ready(cases, tenant)
    key = RequestKey(key="k", digest="d")
    first = cases.decide(tenant, case.id, decision(case), request=key)
    assert cases.decide(tenant, case.id, decision(case), request=key).id == first.id
    second = cases.decide(tenant, case.id, decision(case, kind=DecisionKind.CLOSE, amount=None))
    assert cases.decisions(tenant, case.id) == [first, second]
    assert cases.case(tenant, case.id).state is CaseState.DECIDED


def test_nobody_decides_on_results_that_are_not_there_or_not_the_last(cases: CaseStore, tenant: str) -> None:
    open_one = cases.open_case(tenant, FACTS, by="a")
    with pytest.raises(CaseNotReady):
        cases.decide(tenant, open_one.id, decision(open_one))
    case = ready(cases, tenant)
    with pytest.raises(CaseChanged, match="revision 1"):
        cases.decide(tenant, case.id, decision(case, revision=0))


def test_everything_that_happened_is_told_in_order(cases: CaseStore, tenant: str) -> None:
    case = ready(cases, tenant)
    cases.decide(tenant, case.id, decision(case))
    told = cases.events(tenant, case.id)
    assert [event.kind for event in told] == [
        "case.opened",
        "photo.added",
        "case.submitted",
        "case.ready",
        "case.decided",
    ]
    assert [event.by for event in told] == ["a", "a", "a", "w", "Ada"]
    assert [event.number for event in told] == sorted(event.number for event in told)
