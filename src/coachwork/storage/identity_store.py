"""Who a person is at an OpenID provider, and sign-ins there that are under way."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.cases.identity import new_id
from coachwork.cases.people import AccountRefused, IdentityUnknown, LinkRefused, Person, Role, SignInRefused, tidy_login
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.openid_tables import openid_sign_ins, person_identities
from coachwork.storage.people_store import digest, person_of
from coachwork.storage.people_tables import people, person_links

LASTS = timedelta(minutes=10)
_MOST_UNDER_WAY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A sign-in that began here and whose answer came.

    Attributes:
        nonce, verifier: see `coachwork.openid.provider.SignInSecrets`.
        wanted: path that the browser goes to afterwards.
        link: digest of the one-time link by which the account is made known at the provider; None of others.
    """

    nonce: str
    verifier: str
    wanted: str
    link: str | None


class IdentityStore:
    """Links people to who they are at a provider."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def begin(
        self, *, state: str, browser: str, nonce: str, verifier: str, wanted: str, link: str | None = None
    ) -> None:
        """Keeps what a sign-in is known by until its answer comes, ten minutes at most; `link` is a link's token."""
        values = {
            "state": digest(state),
            "browser": digest(browser),
            "nonce": nonce,
            "verifier": verifier,
            "wanted": wanted,
            "link": None if link is None else digest(link),
            "ends": now() + LASTS,
        }
        with self._database.writing() as connection:
            connection.execute(delete(openid_sign_ins).where(openid_sign_ins.c.ends < now()))
            if connection.execute(select(func.count()).select_from(openid_sign_ins)).scalar_one() >= _MOST_UNDER_WAY:
                oldest = select(openid_sign_ins.c.state).order_by(openid_sign_ins.c.ends).limit(_MOST_UNDER_WAY // 10)
                connection.execute(delete(openid_sign_ins).where(openid_sign_ins.c.state.in_(oldest)))
            connection.execute(insert(openid_sign_ins).values(values))

    def take(self, *, state: str, browser: str) -> UnderWay:
        """The sign-in of a state; it is under way no more, whatever follows.

        Raises:
            SignInRefused: there is none, it is too old, or another browser began it.
        """
        own = openid_sign_ins.c.state == digest(state)
        with self._database.writing() as connection:
            row = connection.execute(select(openid_sign_ins).where(own)).mappings().one_or_none()
            taken = connection.execute(delete(openid_sign_ins).where(own)).rowcount
        if row is None or not taken or row["ends"] <= now() or row["browser"] != digest(browser):
            raise SignInRefused
        return UnderWay(nonce=row["nonce"], verifier=row["verifier"], wanted=row["wanted"], link=row["link"])

    def signed_in(self, issuer: str, subject: str, role: Role | None) -> Person:
        """The person of an identity; with a role, that is theirs from now on.

        Raises:
            IdentityUnknown: no account is linked to it.
            SignInRefused: the account is disabled.
        """
        with self._database.writing() as connection:
            person = _linked(connection, issuer, subject)
            if person is None:
                raise IdentityUnknown
            if person.disabled is not None:
                raise SignInRefused
            return _with_role(connection, person, role)

    def make(self, issuer: str, subject: str, *, tenant: str, login: str, role: Role) -> Person:
        """A new account of an identity; an account of the same login stays whose it is.

        Raises:
            AccountRefused: the login is none, or is taken: its owner links it by a one-time link.
        """
        person = Person(id=new_id("person"), tenant=tenant, login=tidy_login(login), role=role, made=now())
        with self._database.writing() as connection:
            _insert_person(connection, person)
            _link(connection, person, issuer, subject)
        return person

    def link_by(self, link: str, issuer: str, subject: str, *, login: str, role: Role | None) -> Person:
        """Uses a one-time link: its account is this identity's from now on; the link of the first account makes it.

        Args:
            link: digest of the link's token.
            issuer: of the identity.
            subject: of the identity.
            login: of the first account.
            role: by the provider's claims; None keeps the account's.

        Raises:
            LinkRefused: the link was used, is too old, or never was one.
            AccountRefused: the identity is another account's already, or the login cannot be used.
        """
        moment = now()
        good = (person_links.c.digest == link) & person_links.c.used.is_(None) & (person_links.c.ends > moment)
        with self._database.writing() as connection:
            row = connection.execute(select(person_links).where(good)).mappings().one_or_none()
            if row is None or not connection.execute(update(person_links).where(good).values(used=moment)).rowcount:
                raise LinkRefused
            if row["person"] is None:
                if connection.execute(select(func.count()).select_from(people)).scalar_one():
                    raise LinkRefused
                person = Person(
                    id=new_id("person"), tenant=row["tenant"], login=tidy_login(login), role=Role.ADMIN, made=moment
                )
                _insert_person(connection, person)
                role = None  # whoever holds the first link is the admin, whatever the provider calls them
            else:
                own = people.c.id == row["person"]
                connection.execute(update(people).where(own).values(disabled=None))
                person = person_of(connection.execute(select(people).where(own)).mappings().one())
            known = _linked(connection, issuer, subject)
            if known is not None and known.id != person.id:
                message = f"you are {known.login} here already: ask an admin to disable one of the two accounts"
                raise AccountRefused(message)
            if known is None:
                _link(connection, person, issuer, subject)
            return _with_role(connection, person, role)


def _linked(connection: Connection, issuer: str, subject: str) -> Person | None:
    wanted = (
        select(people)
        .join_from(person_identities, people)
        .where(person_identities.c.issuer == issuer, person_identities.c.subject == subject)
    )
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else person_of(row)


def _insert_person(connection: Connection, person: Person) -> None:
    values = {"id": person.id, "tenant": person.tenant, "login": person.login, "role": person.role.value}
    try:
        connection.execute(insert(people).values(values | {"password": None, "made": person.made}))
    except IntegrityError:
        message = f"there is an account {person.login!r} already: its owner links it by a link (coachwork people link)"
        raise AccountRefused(message) from None


def _link(connection: Connection, person: Person, issuer: str, subject: str) -> None:
    values = {"id": new_id("identity"), "person": person.id, "issuer": issuer, "subject": subject, "linked": now()}
    try:
        connection.execute(insert(person_identities).values(values))
    except IntegrityError:
        message = "this identity was linked to an account in the same moment: sign in again"
        raise AccountRefused(message) from None


def _with_role(connection: Connection, person: Person, role: Role | None) -> Person:
    own = people.c.id == person.id
    if role is not None and role is not person.role:
        connection.execute(update(people).where(own).values(role=role.value))
    return person_of(connection.execute(select(people).where(own)).mappings().one())
