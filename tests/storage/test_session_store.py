from datetime import datetime, timedelta
from threading import Thread

import pytest

from coachwork.cases.people import Role, SignedOut, SignInRefused, TooManyAttempts
from coachwork.storage import session_store
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.people_store import PeopleStore
from coachwork.storage.people_tables import sessions as table
from coachwork.storage.session_store import IDLE_LASTS, LASTS, SessionStore

GOOD = "four words at random"
HERE = "192.0.2.1"


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    own = Clock()
    monkeypatch.setattr(session_store, "now", own.now)
    return own


@pytest.fixture
def sessions(database: Database, tenant: str) -> SessionStore:
    people = PeopleStore(database)
    _, token = people.add(tenant, "anna@example.org", Role.HANDLER)
    people.redeem(token, GOOD)
    people.add(tenant, "without@example.org", Role.HANDLER)
    return SessionStore(database)


def test_signing_in_and_out(sessions: SessionStore, database: Database) -> None:
    begun, token = sessions.sign_in(" Anna@example.org", GOOD, address=HERE)
    assert sessions.session(token) == begun
    assert begun.csrf not in {token, ""}
    with database.reading() as connection:
        assert token not in repr(connection.execute(table.select()).all())
    sessions.end(token)
    with pytest.raises(SignedOut):
        sessions.session(token)


@pytest.mark.parametrize("login", ["anna@example.org", "nobody@example.org", "without@example.org", "no login", ""])
def test_whatever_is_wrong_the_answer_is_the_same(sessions: SessionStore, login: str) -> None:
    with pytest.raises(SignInRefused, match="name or password is wrong"):
        sessions.sign_in(login, "another password", address=HERE)


def test_an_unknown_account_costs_a_hashing_too(sessions: SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str | None] = []

    def refused(_password: str, kept: str | None) -> bool:
        looked.append(kept)
        return False

    monkeypatch.setattr(session_store, "is_password", refused)
    for login in ("nobody@example.org", "anna@example.org"):
        with pytest.raises(SignInRefused):
            sessions.sign_in(login, "x", address=HERE)
    assert len(looked) == 2


def test_a_session_that_the_browser_held_before_ends(sessions: SessionStore) -> None:
    _, planted = sessions.sign_in("anna@example.org", GOOD, address=HERE)
    _, token = sessions.sign_in("anna@example.org", GOOD, address=HERE, earlier=planted)
    assert token != planted
    with pytest.raises(SignedOut):
        sessions.session(planted)
    assert sessions.session(token)


def test_a_session_ends_when_it_rests_or_grows_old(sessions: SessionStore, clock: Clock) -> None:
    _, resting = sessions.sign_in("anna@example.org", GOOD, address=HERE)
    clock.ahead = IDLE_LASTS
    with pytest.raises(SignedOut):
        sessions.session(resting)
    _, busy = sessions.sign_in("anna@example.org", GOOD, address=HERE)
    while clock.ahead < LASTS + IDLE_LASTS - timedelta(minutes=31):
        clock.ahead += timedelta(minutes=30)
        assert sessions.session(busy)
    clock.ahead += timedelta(minutes=31)
    with pytest.raises(SignedOut):
        sessions.session(busy)


def test_signing_out_everywhere(sessions: SessionStore) -> None:
    begun, first = sessions.sign_in("anna@example.org", GOOD, address=HERE)
    _, second = sessions.sign_in("anna@example.org", GOOD, address=HERE)
    assert sessions.end_all(begun.person) == 2
    for token in (first, second):
        with pytest.raises(SignedOut):
            sessions.session(token)


def test_guessing_slows_down_by_account_and_the_right_password_does_not_pass_meanwhile(
    sessions: SessionStore, clock: Clock
) -> None:
    for place in range(6):
        with pytest.raises(SignInRefused):
            sessions.sign_in("anna@example.org", "wrong", address=f"192.0.2.{place}")
    with pytest.raises(TooManyAttempts) as told:
        sessions.sign_in("anna@example.org", GOOD, address="198.51.100.7")
    assert 1 <= told.value.wait_s <= 2
    waits = []
    for _ in range(12):
        clock.ahead += timedelta(seconds=900)
        with pytest.raises(SignInRefused):
            sessions.sign_in("anna@example.org", "wrong", address="198.51.100.8")
        with pytest.raises(TooManyAttempts) as told:
            sessions.sign_in("anna@example.org", "wrong", address="198.51.100.9")
        waits.append(told.value.wait_s)
    assert waits == sorted(waits)
    assert waits[-1] == 900
    clock.ahead += timedelta(seconds=900)
    assert sessions.sign_in("anna@example.org", GOOD, address=HERE)
    with pytest.raises(SignInRefused):
        sessions.sign_in("anna@example.org", "wrong", address=HERE)
    assert sessions.sign_in("anna@example.org", GOOD, address=HERE)


def test_guessing_over_many_accounts_slows_down_by_address(sessions: SessionStore) -> None:
    told = []
    for place in range(30):
        with pytest.raises((SignInRefused, TooManyAttempts)) as refused:
            sessions.sign_in(f"somebody-{place}@example.org", "wrong", address=f"2001:db8::{place:x}")
        told.append(refused.type)
    assert told.index(TooManyAttempts) == 21
    assert sessions.sign_in("anna@example.org", GOOD, address="2001:db8:1::1")


def test_many_attempts_at_once_gain_nothing(sessions: SessionStore) -> None:
    refused: list[str] = []

    def guess() -> None:
        try:
            sessions.sign_in("anna@example.org", "wrong", address=HERE)
        except (SignInRefused, TooManyAttempts) as told:
            refused.append(type(told).__name__)

    threads = [Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 12
    assert refused.count("SignInRefused") <= 8


def test_many_good_sign_ins_from_one_address_are_no_guessing(sessions: SessionStore) -> None:
    for _ in range(25):
        assert sessions.sign_in("anna@example.org", GOOD, address=HERE)


def test_an_address_that_is_held_up_cannot_hold_up_an_account(sessions: SessionStore) -> None:
    for place in range(40):
        with pytest.raises((SignInRefused, TooManyAttempts)):
            sessions.sign_in(f"somebody-{place}@example.org", "wrong", address="203.0.113.9")
    for _ in range(20):
        with pytest.raises(TooManyAttempts):
            sessions.sign_in("anna@example.org", "wrong", address="203.0.113.9")
    assert sessions.sign_in("anna@example.org", GOOD, address=HERE)
