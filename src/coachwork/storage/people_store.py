"""People's accounts and the one-time links by which they choose their passwords.

Nobody ever chooses a password for another one: an account begins without any, and its link, shown once, lets whoever
holds it choose one. The database holds digests of links, never links.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.cases.identity import new_id
from coachwork.cases.people import AccountRefused, LinkRefused, Person, Role, check_password, tidy_login
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.passwords import password_hash
from coachwork.storage.people_tables import people, person_links, sessions

LINK_LASTS = timedelta(hours=24)


class PeopleStore:
    """Makes, finds and disables accounts."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def add(self, tenant: str, login: str, role: Role) -> tuple[Person, str]:
        """A new account, and the token of the link by which its owner chooses a password.

        Raises:
            AccountRefused: the login is none, or is taken.
        """
        person = Person(id=new_id("person"), tenant=tenant, login=tidy_login(login), role=role, made=now())
        with self._database.writing() as connection:
            _insert(connection, person, None)
            token = _new_link(connection, tenant, person.id)
        return person, token

    def all(self, tenant: str | None = None) -> Sequence[Person]:
        """All accounts, of a tenant or of all of them, the first one first."""
        wanted = select(people).order_by(people.c.id)
        if tenant is not None:
            wanted = wanted.where(people.c.tenant == tenant)
        with self._database.reading() as connection:
            return [person_of(row) for row in connection.execute(wanted).mappings()]

    def person(self, login: str) -> Person:
        """The account of a login.

        Raises:
            AccountRefused: there is none.
        """
        with self._database.reading() as connection:
            return _known(connection, login)

    def disable(self, login: str) -> Person:
        """Ends an account: its sessions and links count no more.

        Raises:
            AccountRefused: there is none, or it is the last admin of its tenant.
        """
        with self._database.writing() as connection:
            person = _known(connection, login)
            if person.disabled is not None:
                return person
            if person.role is Role.ADMIN:
                _check_other_admin(connection, person)
            moment = now()
            connection.execute(update(people).where(people.c.id == person.id).values(disabled=moment))
            _void_links(connection, person.id)
            connection.execute(sessions.delete().where(sessions.c.person == person.id))
            return _known(connection, login)

    def link(self, login: str) -> str:
        """The token of a new link to choose a password; earlier links of the account count no more.

        An account that was disabled may sign in again once its owner chose a password by the link.

        Raises:
            AccountRefused: there is no such account.
        """
        with self._database.writing() as connection:
            person = _known(connection, login)
            _void_links(connection, person.id)
            return _new_link(connection, person.tenant, person.id)

    def first_link(self, tenant: str) -> str | None:
        """The token of a link that makes the first account, an admin's; None where there is an account already."""
        with self._database.writing() as connection:
            if connection.execute(select(func.count()).select_from(people)).scalar_one():
                return None
            connection.execute(
                update(person_links)
                .where(person_links.c.person.is_(None), person_links.c.used.is_(None))
                .values(used=now())
            )
            return _new_link(connection, tenant, None)

    def holder(self, token: str) -> Person | None:
        """Whose link it is; None for the one that makes the first account.

        Raises:
            LinkRefused: it was used, is too old, or never was one.
        """
        with self._database.reading() as connection:
            row = _good_link(connection, token)
            return None if row["person"] is None else _by_id(connection, row["person"])

    def redeem(self, token: str, password: str) -> Person:
        """Gives the link's owner a password. All sessions of the account end.

        Raises:
            LinkRefused: see `holder`.
            PasswordRefused: it is too weak; the link stays good.
        """
        owner = self.holder(token)
        if owner is None:
            raise LinkRefused
        kept = password_hash(check_password(password, owner.login))
        with self._database.writing() as connection:
            _use_link(connection, token)
            values = {"password": kept, "disabled": None}
            connection.execute(update(people).where(people.c.id == owner.id).values(values))
            connection.execute(sessions.delete().where(sessions.c.person == owner.id))
            return _by_id(connection, owner.id)

    def make_first(self, token: str, login: str, password: str) -> Person:
        """Makes the first account by its link.

        Raises:
            LinkRefused: see `holder`; or somebody else made the first account meanwhile.
            AccountRefused, PasswordRefused: login or password are none; the link stays good.
        """
        if self.holder(token) is not None:
            raise LinkRefused
        tidy = tidy_login(login)
        kept = password_hash(check_password(password, tidy))
        with self._database.writing() as connection:
            tenant = _use_link(connection, token)["tenant"]
            if connection.execute(select(func.count()).select_from(people)).scalar_one():
                raise LinkRefused
            person = Person(
                id=new_id("person"), tenant=tenant, login=tidy, role=Role.ADMIN, made=now(), has_password=True
            )
            _insert(connection, person, kept)
        return person


def person_of(row: RowMapping) -> Person:
    """A row of `people`."""
    return Person(
        id=row["id"],
        tenant=row["tenant"],
        login=row["login"],
        role=Role(row["role"]),
        made=row["made"],
        disabled=row["disabled"],
        has_password=row["password"] is not None,
    )


def digest(secret: str) -> str:
    """SHA-256, hex: enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _insert(connection: Connection, person: Person, password: str | None) -> None:
    values = {
        "id": person.id,
        "tenant": person.tenant,
        "login": person.login,
        "role": person.role.value,
        "password": password,
        "made": person.made,
    }
    try:
        connection.execute(insert(people).values(values))
    except IntegrityError:
        message = f"there is an account {person.login!r} already: see coachwork people list"
        raise AccountRefused(message) from None


def _known(connection: Connection, login: str) -> Person:
    tidy = tidy_login(login)
    row = connection.execute(select(people).where(people.c.login == tidy)).mappings().one_or_none()
    if row is None:
        message = f"there is no account {tidy!r}: see coachwork people list"
        raise AccountRefused(message)
    return person_of(row)


def _by_id(connection: Connection, person_id: str) -> Person:
    return person_of(connection.execute(select(people).where(people.c.id == person_id)).mappings().one())


def _check_other_admin(connection: Connection, person: Person) -> None:
    others = select(func.count()).where(
        people.c.tenant == person.tenant,
        people.c.role == Role.ADMIN.value,
        people.c.id != person.id,
        people.c.disabled.is_(None),
    )
    if not connection.execute(others).scalar_one():
        message = f"{person.login} is the last admin: make another one first"
        raise AccountRefused(message)


def _new_link(connection: Connection, tenant: str, person: str | None) -> str:
    token = secrets.token_urlsafe(32)
    values = {"digest": digest(token), "person": person, "tenant": tenant, "ends": now() + LINK_LASTS}
    connection.execute(insert(person_links).values(values))
    return token


def _good_link(connection: Connection, token: str) -> RowMapping:
    wanted = select(person_links).where(
        person_links.c.digest == digest(token), person_links.c.used.is_(None), person_links.c.ends > now()
    )
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise LinkRefused
    return row


def _use_link(connection: Connection, token: str) -> RowMapping:
    """Marks a good link as used; of two at once, one is refused."""
    row = _good_link(connection, token)
    own = (person_links.c.digest == row["digest"]) & person_links.c.used.is_(None)
    if not connection.execute(update(person_links).where(own).values(used=now())).rowcount:
        raise LinkRefused
    return row


def _void_links(connection: Connection, person_id: str) -> None:
    own = (person_links.c.person == person_id) & person_links.c.used.is_(None)
    connection.execute(update(person_links).where(own).values(used=now()))
