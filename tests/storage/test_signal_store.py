from dataclasses import replace
from datetime import timedelta

import pytest

from coachwork.monitoring.photo_record import Channel
from coachwork.monitoring.signals import unreadable
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.erasing import Eraser
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.signal_store import KeptRecord, SignalStore
from tests.monitoring.records import DAY, records
from tests.storage.test_case_store import ready


@pytest.fixture
def store(database: Database) -> SignalStore:
    return SignalStore(database)


def kept(tenant: str, count: int, **fields: object) -> list[KeptRecord]:
    return [
        KeptRecord(key=f"k{place}", tenant=tenant, record=replace(one, **fields))  # type: ignore[arg-type]
        for place, one in enumerate(records(count))
    ]


def test_nothing_is_kept_of_nothing(store: SignalStore) -> None:
    assert store.add([]) == 0
    assert store.records() == []
    assert store.drop_before(DAY) == 0


def test_records_come_back_in_the_order_of_time(store: SignalStore, tenant: str) -> None:
    told = kept(tenant, 5, case="", market="north", device="Apple iPhone", channel=Channel.API)
    assert store.add(told[::-1]) == 5
    found = store.records()
    assert [one.at for one in found] == [one.record.at for one in told]
    assert found[0].measures == pytest.approx(told[0].record.measures)
    assert found[0].counts == told[0].record.counts
    assert (found[0].market, found[0].device, found[0].verdict) == ("north", "Apple iPhone", told[0].record.verdict)
    assert found[0].embedding is not None


def test_a_key_is_kept_once(store: SignalStore, tenant: str) -> None:
    told = kept(tenant, 3, case="")
    assert (store.add(told), store.add(told)) == (3, 0)
    assert len(store.records()) == 3


def test_files_that_could_not_be_read_are_kept(store: SignalStore, tenant: str) -> None:
    store.add([KeptRecord(key="k", tenant=tenant, record=unreadable(at=DAY))])
    found = store.records()[0]
    assert (found.readable, found.usable, found.verdict, found.measures, found.embedding) == (
        False,
        False,
        None,
        {},
        None,
    )


def test_questions_by_time_tenant_channel_and_number(store: SignalStore, tenant: str) -> None:
    store.add(kept(tenant, 10, case="", channel=Channel.API))
    assert len(store.records(since=DAY + timedelta(minutes=3), until=DAY + timedelta(minutes=6))) == 3
    assert [one.at for one in store.records(last=2)] == [DAY + timedelta(minutes=at) for at in (8, 9)]
    assert store.records(tenant="another") == []
    assert store.records(channel=Channel.CASE) == []
    assert {one.market for one in store.records(tenant=tenant)} == {"default"}  # the tenant's name stands for it


def test_records_of_a_case_that_was_erased_meanwhile_are_passed_over(
    store: SignalStore, database: Database, cases: CaseStore, tenant: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    case = ready(cases, tenant)
    assert store.add(kept(tenant, 2, case=case.id)) == 2
    folder = tmp_path_factory.mktemp("erasing")
    erasure = Eraser(database, PhotoStore(str(folder / "photos")), folder / "registers").erase(
        tenant, case.id, by="Ada", why="asked for"
    )
    assert erasure.rows["photo_signals"] == 2
    assert store.records() == []
    assert store.add(kept(tenant, 2, case=case.id)) == 0
    assert store.add(kept("nobody", 2, case="")) == 0


def test_old_records_go(store: SignalStore, tenant: str) -> None:
    store.add(kept(tenant, 10, case=""))
    assert store.drop_before(DAY + timedelta(minutes=4)) == 4
    assert store.records()[0].at == DAY + timedelta(minutes=4)
