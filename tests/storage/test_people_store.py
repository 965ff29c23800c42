from datetime import timedelta

import pytest
from sqlalchemy import update

from coachwork.cases.access import NotAllowed, Scope
from coachwork.cases.people import AccountRefused, LinkRefused, PasswordRefused, Right, Role
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.people_store import PeopleStore
from coachwork.storage.people_tables import people, person_links
from coachwork.storage.session_store import SessionStore

GOOD = "four words at random"


@pytest.fixture
def store(database: Database) -> PeopleStore:
    return PeopleStore(database)


def test_an_account_begins_without_a_password_and_gets_one_by_its_link_once(store: PeopleStore, tenant: str) -> None:
    person, token = store.add(tenant, "  Anna@Example.org ", Role.HANDLER)
    assert person.login == "anna@example.org"
    assert not person.has_password
    assert store.holder(token) == store.person("ANNA@example.org")
    assert store.redeem(token, GOOD).has_password
    with pytest.raises(LinkRefused):
        store.redeem(token, GOOD + "!")
    with pytest.raises(LinkRefused):
        store.holder(token)


def test_nothing_secret_lies_in_the_database(store: PeopleStore, tenant: str, database: Database) -> None:
    _, token = store.add(tenant, "anna", Role.HANDLER)
    store.redeem(token, GOOD)
    with database.reading() as connection:
        kept = repr(connection.execute(people.select()).all()) + repr(connection.execute(person_links.select()).all())
    assert "$argon2id$" in kept
    assert GOOD not in kept
    assert token not in kept


@pytest.mark.parametrize(
    "password", ["", "short", "anna@example.org", "aaaaaaaaaaaaaaaaaa", "anna12345678", "x" * 2000]
)
def test_a_weak_password_is_refused_and_the_link_stays_good(store: PeopleStore, tenant: str, password: str) -> None:
    _, token = store.add(tenant, "anna@example.org", Role.HANDLER)
    with pytest.raises(PasswordRefused):
        store.redeem(token, password)
    assert store.redeem(token, GOOD).has_password


@pytest.mark.parametrize("login", ["", "  ", "two words", "a\u202eb", "x" * 300])
def test_what_is_no_login_is_refused(store: PeopleStore, tenant: str, login: str) -> None:
    with pytest.raises(AccountRefused):
        store.add(tenant, login, Role.HANDLER)


def test_a_login_is_taken_once_over_all_tenants(store: PeopleStore, tenant: str) -> None:
    store.add(tenant, "anna", Role.HANDLER)
    with pytest.raises(AccountRefused, match="already"):
        store.add(tenant, "ANNA", Role.ADMIN)


def test_a_new_link_voids_the_earlier_one_and_links_grow_old(
    store: PeopleStore, tenant: str, database: Database
) -> None:
    _, first = store.add(tenant, "anna", Role.HANDLER)
    second = store.link("anna")
    with pytest.raises(LinkRefused):
        store.holder(first)
    with database.writing() as connection:
        connection.execute(update(person_links).values(ends=now() - timedelta(seconds=1)))
    with pytest.raises(LinkRefused):
        store.redeem(second, GOOD)


def test_the_first_account_is_made_by_a_printed_link_once(store: PeopleStore, tenant: str) -> None:
    earlier = store.first_link(tenant)
    token = store.first_link(tenant)
    assert earlier is not None
    assert token is not None
    with pytest.raises(LinkRefused):
        store.holder(earlier)
    assert store.holder(token) is None
    with pytest.raises(LinkRefused):
        store.redeem(token, GOOD)
    admin = store.make_first(token, "root@example.org", GOOD)
    assert (admin.role, admin.tenant) == (Role.ADMIN, tenant)
    assert store.first_link(tenant) is None
    with pytest.raises(LinkRefused):
        store.make_first(token, "other@example.org", GOOD)


def test_a_first_link_is_worthless_once_there_is_an_account(store: PeopleStore, tenant: str) -> None:
    token = store.first_link(tenant)
    assert token is not None
    store.add(tenant, "anna", Role.HANDLER)
    with pytest.raises(LinkRefused):
        store.make_first(token, "root", GOOD)


def test_an_account_link_makes_no_first_account(store: PeopleStore, tenant: str) -> None:
    _, token = store.add(tenant, "anna", Role.HANDLER)
    with pytest.raises(LinkRefused):
        store.make_first(token, "root", GOOD)


def test_disabling_ends_sessions_and_links_and_a_new_link_brings_the_account_back(
    store: PeopleStore, tenant: str, database: Database
) -> None:
    _, token = store.add(tenant, "anna", Role.HANDLER)
    store.redeem(token, GOOD)
    sessions = SessionStore(database)
    _, cookie = sessions.sign_in("anna", GOOD, address="127.0.0.1")
    assert store.disable("anna").disabled is not None
    assert store.disable("anna").disabled is not None
    with pytest.raises(Exception, match="signed in"):
        sessions.session(cookie)
    assert store.redeem(store.link("anna"), GOOD).disabled is None


def test_the_last_admin_stays(store: PeopleStore, tenant: str) -> None:
    store.add(tenant, "root", Role.ADMIN)
    with pytest.raises(AccountRefused, match="last admin"):
        store.disable("root")
    store.add(tenant, "second", Role.ADMIN)
    assert store.disable("root").disabled is not None
    assert [(one.login, one.disabled is None) for one in store.all(tenant)] == [("root", False), ("second", True)]
    assert store.all("tenant_none") == []


def test_roles_allow_what_they_say(store: PeopleStore, tenant: str) -> None:
    people = {role: store.add(tenant, role.value, role)[0] for role in Role}
    assert {role for role, one in people.items() if one.may(Right.APPROVE)} == {Role.SUPERVISOR}
    assert {role for role, one in people.items() if one.may(Right.PEOPLE)} == {Role.ADMIN}
    assert all(one.may(Right.CORRECT) and one.may(Right.DECIDE) for one in people.values())
    with pytest.raises(NotAllowed, match="handler"):
        people[Role.HANDLER].need(Right.APPROVE)
    assert people[Role.ADMIN].caller.scopes == {Scope.READ, Scope.WRITE, Scope.DECIDE}


def test_an_unknown_account_is_told(store: PeopleStore) -> None:
    for call in (store.person, store.disable, store.link):
        with pytest.raises(AccountRefused, match="people list"):
            call("nobody")
