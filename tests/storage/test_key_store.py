import pytest

from coachwork.cases.access import NotAllowed, Scope, UnknownKey
from coachwork.cases.problems import CaseRefused
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore


@pytest.fixture
def keys(database: Database) -> KeyStore:
    return KeyStore(database)


def test_there_are_no_keys_at_first(keys: KeyStore) -> None:
    assert keys.all() == []
    with pytest.raises(UnknownKey):
        keys.caller("")


def test_a_key_tells_whose_it_is_and_what_it_allows(keys: KeyStore) -> None:
    tenant = keys.tenant("Acme")
    _, text = keys.make(tenant, "claims", [Scope.READ])
    caller = keys.caller(text)
    assert (caller.tenant, caller.name) == (tenant, "key claims")
    caller.need(Scope.READ)
    with pytest.raises(NotAllowed, match="cases:write"):
        caller.need(Scope.WRITE)


def test_the_secret_is_not_in_the_database(keys: KeyStore, database: Database) -> None:
    _, text = keys.make(keys.tenant("Acme"), "claims", [Scope.READ])
    with database.reading() as connection:
        rows = connection.exec_driver_sql("select * from service_keys").fetchall()
    assert text.partition(".")[2] not in str(rows)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-1], lambda text: text + "x", lambda text: text.partition(".")[0]]
)
def test_a_key_that_is_not_whole_is_none(keys: KeyStore, change: object) -> None:
    _, text = keys.make(keys.tenant("Acme"), "claims", [Scope.READ])
    with pytest.raises(UnknownKey):
        keys.caller(change(text))  # type: ignore[operator]


def test_a_revoked_key_is_useless_at_once(keys: KeyStore) -> None:
    key, text = keys.make(keys.tenant("Acme"), "claims", [Scope.READ])
    keys.revoke(key.id)
    keys.revoke(key.id)
    assert keys.all()[0].revoked is not None
    with pytest.raises(UnknownKey, match="revoked"):
        keys.caller(text)
    with pytest.raises(CaseRefused, match="no key"):
        keys.revoke("cwk_0")


def test_a_tenant_is_made_once(keys: KeyStore) -> None:
    assert keys.tenant("Acme") == keys.tenant("Acme") != keys.tenant("Other")
