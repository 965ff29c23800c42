"""Comparisons, followers and notices, on SQLite and PostgreSQL alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coachwork.cases.case import Facts
from coachwork.registry.release import Mode
from coachwork.registry.trial import Compared, Evidence
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.release_notice_store import DELIVERED, GIVEN_UP, WAITING, ReleaseNoticeStore
from coachwork.storage.release_trials import FollowingServer, TrialStore


@pytest.fixture
def store(database: Database) -> TrialStore:
    return TrialStore(database)


@pytest.fixture
def seen(tenant: str) -> Compared:
    return Compared(
        trial=3,
        mode=Mode.CANARY,
        tenant=tenant,
        case=None,
        sha256="",
        champion_digest="a" * 64,
        challenger_digest="b" * 64,
        champion_verdict="none",
        challenger_verdict="damaged",
        champion_damages=0,
        challenger_damages=1,
        boxes=0.0,
        masks=None,
        champion_ms=12.5,
        challenger_ms=20.25,
        at=now(),
    )


def test_an_empty_trial_showed_nothing(store: TrialStore) -> None:
    assert store.evidence(3) == Evidence()
    assert store.compared(3) == []
    assert store.last_trial() == 0
    assert store.servers() == []


def test_what_is_added_comes_back_and_is_counted(store: TrialStore, seen: Compared) -> None:
    disagreeing = replace(seen, disagrees=True, slower=True)
    failed = replace(seen, problem="it broke", challenger_verdict=None, challenger_damages=None, challenger_ms=None)
    for one in (seen, disagreeing, failed, replace(seen, trial=4)):
        assert store.add(one)
    assert store.evidence(3) == Evidence(photos=3, failures=1, slower=1, disagreements=1)
    assert store.compared(3) == [failed, disagreeing, seen]
    assert store.compared(3, differing=True) == [failed, disagreeing]
    assert store.compared(3, limit=1) == [failed]
    assert store.last_trial() == 4


def test_a_case_that_is_gone_takes_no_more(store: TrialStore, cases: CaseStore, seen: Compared, tenant: str) -> None:
    case = cases.open_case(tenant, Facts(reference="c"), by="a")
    assert store.add(replace(seen, case=case.id))
    assert not store.add(replace(seen, case="case_gone"))
    assert [one.case for one in store.compared(3)] == [case.id]


def test_servers_tell_what_they_follow_and_are_forgotten(store: TrialStore) -> None:
    one = FollowingServer(server="a@b:1", revision=1, champion="c", challenger="", problem="", dropped=0, seen=now())
    old = replace(one, server="old", seen=now() - timedelta(minutes=10))
    store.tell(one)
    store.tell(old)
    store.tell(replace(one, revision=2, problem="it broke"))
    assert [(server.server, server.revision, server.is_gone) for server in store.servers()] == [
        ("a@b:1", 2, False),
        ("old", 1, True),
    ]
    store.tell(replace(old, server="older", seen=now() - timedelta(days=2)))
    store.tell(one)
    assert {server.server for server in store.servers()} == {"a@b:1", "old"}
    store.forget("a@b:1")
    assert [server.server for server in store.servers()] == ["old"]


def test_a_notice_is_taken_by_one_and_again_when_it_is_due(database: Database) -> None:
    notices = ReleaseNoticeStore(database)
    assert notices.last() is None
    notices.add(1, DELIVERED)
    notices.add(2)
    notices.add(2)
    assert notices.last() == 2
    assert notices.take(within=timedelta(minutes=1)) == (2, 0)
    assert notices.take(within=timedelta(minutes=1)) is None
    notices.attempted(2, WAITING, problem="busy", due=now() - timedelta(seconds=1))
    assert notices.take(within=timedelta(minutes=1)) == (2, 1)
    notices.attempted(2, GIVEN_UP, problem="gone", due=now() - timedelta(seconds=1))
    assert notices.take(within=timedelta(minutes=1)) is None
