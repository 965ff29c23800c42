"""Signing in, and being signed in. The database holds digests of sessions' tokens, never the tokens.

Whoever guesses is slowed down by the account that is tried and by the address that tries, in the database, so that
neither a restart nor another process forgets it. An attempt counts before its password is looked at: many at once gain
nothing.
"""

import hashlib
import hmac
import ipaddress
import math
import secrets
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.cases.people import (
    MOST_PASSWORD,
    AccountRefused,
    Person,
    Session,
    SignedOut,
    SignInRefused,
    TooManyAttempts,
    tidy_login,
)
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.passwords import is_outdated, is_password, password_hash
from coachwork.storage.people_store import digest, person_of
from coachwork.storage.people_tables import people, sessions, sign_in_attempts

IDLE_LASTS = timedelta(hours=1)
LASTS = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)
_FORGOTTEN_AFTER = timedelta(hours=24)
_FREE_BY_ACCOUNT = 5
_FREE_BY_ADDRESS = 20
_MOST_WAIT_S = 900


class SessionStore:
    """Signs people in and out, and knows who is signed in."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def sign_in(self, login: str, password: str, *, address: str, earlier: str | None = None) -> tuple[Session, str]:
        """A new session, and its token, which is told here and never again.

        Args:
            login: as it was typed.
            password: as it was typed.
            address: of whoever asks.
            earlier: token of a session that the same browser held until now; it ends.

        Raises:
            SignInRefused: they do not go together, or the account is disabled.
            TooManyAttempts: by the account or the address; the password was not looked at.
        """
        try:
            tidy = tidy_login(login)
        except AccountRefused:
            tidy = ""
        account, by_address = digest(f"account {tidy}"), _address_digest(address)
        self._attempt(by_address, _FREE_BY_ADDRESS)  # first: an address that is held up cannot hold up an account
        self._attempt(account, _FREE_BY_ACCOUNT)
        with self._database.reading() as connection:
            row = connection.execute(select(people).where(people.c.login == tidy)).mappings().one_or_none()
        good = is_password(_as_kept(password), None if row is None else row["password"])
        if row is None or not good or row["disabled"] is not None:
            raise SignInRefused
        fresh = password_hash(_as_kept(password)) if is_outdated(row["password"]) else row["password"]
        token = secrets.token_urlsafe(32)
        with self._database.writing() as connection:
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.subject == account))
            own = sign_in_attempts.c.subject == by_address
            left = sign_in_attempts.c.failures - 1
            connection.execute(update(sign_in_attempts).where(own).values(failures=left, blocked_until=now()))
            connection.execute(update(people).where(people.c.id == row["id"]).values(password=fresh))
            if earlier is not None:
                connection.execute(delete(sessions).where(sessions.c.digest == digest(earlier)))
            return _begin(connection, person_of(row), token), token

    def begin(self, person: Person, *, earlier: str | None = None) -> tuple[Session, str]:
        """A session of somebody who proved otherwise who they are, by a one-time link; an earlier one ends."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as connection:
            if earlier is not None:
                connection.execute(delete(sessions).where(sessions.c.digest == digest(earlier)))
            return _begin(connection, person, token), token

    def session(self, token: str) -> Session:
        """The session of a token; being asked for keeps it alive.

        Raises:
            SignedOut: there is none, it ended or rested too long, or its account is disabled.
        """
        moment, own = now(), sessions.c.digest == digest(token)
        wanted = select(people, sessions.c.begun, sessions.c.seen, sessions.c.ends).join_from(sessions, people)
        with self._database.reading() as connection:
            row = connection.execute(wanted.where(own)).mappings().one_or_none()
        if row is None or row["disabled"] is not None:
            raise SignedOut
        if moment >= row["ends"] or moment - row["seen"] >= IDLE_LASTS:
            self.end(token)
            raise SignedOut
        if moment - row["seen"] >= _SEEN_EVERY:
            with self._database.writing() as connection:
                connection.execute(update(sessions).where(own).values(seen=moment))
        return Session(person=person_of(row), begun=row["begun"], ends=row["ends"], csrf=_csrf(token))

    def end(self, token: str) -> None:
        """Signs out."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest(token)))

    def end_all(self, person: Person) -> int:
        """Signs somebody out everywhere; returns from how many sessions."""
        with self._database.writing() as connection:
            return connection.execute(delete(sessions).where(sessions.c.person == person.id)).rowcount

    def _attempt(self, subject: str, free: int) -> None:
        """Counts an attempt before it is looked at.

        Raises:
            TooManyAttempts: there were too many; this one does not count.
        """
        moment = now()
        with self._database.writing() as connection:
            own = sign_in_attempts.c.subject == subject
            row = connection.execute(select(sign_in_attempts).where(own).with_for_update()).one_or_none()
            if row is not None and row.blocked_until > moment:
                raise TooManyAttempts(math.ceil((row.blocked_until - moment).total_seconds()))
            known = row is not None and moment - row.last < _FORGOTTEN_AFTER
            failures = max(row.failures if known and row is not None else 0, 0) + 1
            values = {"failures": failures, "last": moment, "blocked_until": moment + _wait(failures - free)}
            if row is not None:
                connection.execute(update(sign_in_attempts).where(own).values(values))
                return
        try:
            with self._database.writing() as connection:
                connection.execute(insert(sign_in_attempts).values(values | {"subject": subject}))
        except IntegrityError:  # another one for the same subject came in the same moment
            self._attempt(subject, free)


def _wait(beyond: int) -> timedelta:
    """2, 4, 8 ... seconds after the attempts that are free."""
    return timedelta(seconds=min(2**beyond, _MOST_WAIT_S) if 0 < beyond < 32 else _MOST_WAIT_S if beyond > 0 else 0)


def _begin(connection: Connection, person: Person, token: str) -> Session:
    moment: datetime = now()
    connection.execute(delete(sessions).where(sessions.c.ends < moment))
    values = {"digest": digest(token), "person": person.id, "begun": moment, "seen": moment, "ends": moment + LASTS}
    connection.execute(insert(sessions).values(values))
    return Session(person=person, begun=moment, ends=moment + LASTS, csrf=_csrf(token))


def _csrf(token: str) -> str:
    """Follows from the token, and does not tell it."""
    return hmac.new(token.encode(), b"forms of this session", hashlib.sha256).hexdigest()


def _as_kept(password: str) -> str:
    return unicodedata.normalize("NFKC", password[: MOST_PASSWORD * 4])


def _address_digest(address: str) -> str:
    """Of an address; of IPv6 its network of 64 bits, which one caller holds as a whole."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return digest(f"address {address}")
    if known.version == 6:
        known = ipaddress.ip_network((known, 64), strict=False).network_address
    return digest(f"address {known}")
