from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from coachwork.cases.case import CaseState, Facts
from coachwork.cases.messages import Sender
from coachwork.inspections.vehicle import Vehicle
from coachwork.storage.case_queue import CaseQueue, Wanted
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.message_store import MessageStore
from coachwork.storage.tables import cases as table
from tests.storage.test_case_store import FACTS, decision, photo, submitted


@pytest.fixture
def cases(database: Database) -> CaseStore:
    return CaseStore(database, four_eyes_above=Decimal(100))


@pytest.fixture
def queue(database: Database) -> CaseQueue:
    return CaseQueue(database)


def ids(queue: CaseQueue, tenant: str, wanted: Wanted) -> list[str]:
    return [one.case.id for one in queue.page(tenant, wanted)]


def test_an_empty_queue(queue: CaseQueue, tenant: str) -> None:
    assert queue.page(tenant, Wanted()) == []
    assert set(queue.counts(tenant).values()) == {0}


def test_cases_are_found_by_text_whatever_its_case_and_signs(queue: CaseQueue, cases: CaseStore, tenant: str) -> None:
    car = Vehicle(plate="B-AB 1234")
    by_plate = cases.open_case(tenant, Facts(reference="Müller 50%_x", vehicle=car), by="a")
    other = cases.open_case(tenant, Facts(reference="claim 8"), by="a")
    for text in ("b-ab 1234", "ab12", "MÜLLER"[1:], "50%_", by_plate.id):
        assert ids(queue, tenant, Wanted(text=text)) == [by_plate.id], text
    assert ids(queue, tenant, Wanted(text="%")) == [by_plate.id]
    assert ids(queue, tenant, Wanted(text="_claim")) == []
    assert ids(queue, tenant, Wanted(text="  CLAIM  ")) == [other.id]
    assert ids(queue, tenant, Wanted(text="' or 1=1 --")) == []
    assert ids(queue, tenant, Wanted(text="-")) == []


def test_cases_are_filtered_by_state_route_and_age(
    queue: CaseQueue, cases: CaseStore, tenant: str, database: Database
) -> None:
    old = cases.open_case(tenant, FACTS, by="a")
    working = submitted(cases, tenant)
    cases.keep_inspection(working, {})
    told = {"route": "review", "payout": {"likely": "120.50", "currency": "EUR"}}
    assert cases.publish(working, estimate={}, settlement=told, by="w")
    with database.writing() as connection:
        connection.execute(update(table).where(table.c.id == old.id).values(opened=now() - timedelta(days=4)))
    assert ids(queue, tenant, Wanted(state=CaseState.READY)) == [working.id]
    assert ids(queue, tenant, Wanted(route="review")) == [working.id]
    assert ids(queue, tenant, Wanted(route="total loss")) == []
    assert ids(queue, tenant, Wanted(older_than=timedelta(days=3))) == [old.id]
    assert queue.counts(tenant)[CaseState.READY] == 1
    ready, opened = queue.page(tenant, Wanted())
    assert (ready.route, ready.payout, ready.currency, ready.photos) == ("review", "120.50", "EUR", 1)
    assert (opened.route, opened.payout, opened.photos, opened.first_photo) == (None, None, 0, None)


def test_offers_that_wait_for_a_second_person_are_found(queue: CaseQueue, cases: CaseStore, tenant: str) -> None:
    case = submitted(cases, tenant)
    cases.keep_inspection(case, {})
    cases.publish(case, estimate={}, settlement=None, by="w")
    cases.open_case(tenant, FACTS, by="a")
    assert ids(queue, tenant, Wanted(awaits_approval=True)) == []
    cases.decide(tenant, case.id, decision(case))
    assert [one.awaits_approval for one in queue.page(tenant, Wanted())] == [False, True]
    assert ids(queue, tenant, Wanted(awaits_approval=True)) == [case.id]


def test_pages_follow_each_other_in_both_orders(queue: CaseQueue, cases: CaseStore, tenant: str) -> None:
    made = [cases.open_case(tenant, FACTS, by="a").id for _ in range(5)]
    for oldest_first in (False, True):
        wanted, seen = Wanted(oldest_first=oldest_first), list[str]()
        while found := [one.case.id for one in queue.page(tenant, wanted, limit=2)]:
            seen += found
            wanted = replace(wanted, after=found[-1])
        assert seen == sorted(made, reverse=not oldest_first)


def test_what_nobody_read_is_counted_by_each_cases_own_reads(
    queue: CaseQueue, cases: CaseStore, tenant: str, database: Database
) -> None:
    messages = MessageStore(database, cases)
    read, unread, answered = (cases.open_case(tenant, FACTS, by="a").id for _ in range(3))
    for case in (unread, unread, read, answered):
        messages.customer_writes(tenant, case, "hello")
    messages.note(tenant, read, upto=messages.thread(tenant, read).messages[-1].number, by="anna")
    messages.write(tenant, answered, sender=Sender.DESK, by="anna", text="thank you")
    told = {one.case.id: one.unread for one in queue.page(tenant, Wanted())}
    assert told == {read: 0, unread: 2, answered: 0}
    assert ids(queue, tenant, Wanted(unread=True)) == [unread]


def test_another_tenant_sees_nothing(queue: CaseQueue, cases: CaseStore, tenant: str, database: Database) -> None:
    case = cases.open_case(tenant, FACTS, by="a")
    cases.add_photo(tenant, case.id, photo("x"), by="a")
    other = KeyStore(database).tenant("other")
    assert queue.page(other, Wanted(text=case.id)) == []
    assert sum(queue.counts(other).values()) == 0
