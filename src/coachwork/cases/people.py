"""People who work on cases: who they are, what they may do, and what can go wrong when they sign in."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachwork.cases.access import Caller, NotAllowed, Scope
from coachwork.errors import CoachworkError

LEAST_PASSWORD = 12
MOST_PASSWORD = 1024
MOST_LOGIN = 200


class PeopleError(CoachworkError):
    """Root of the errors about people's accounts."""


class AccountRefused(PeopleError):
    """An account cannot be made or changed so: its name is taken or none, or there is no such account."""


class PasswordRefused(PeopleError):
    """A new password is too weak, or the present one was not told."""


class SignInRefused(PeopleError):
    """Name and password do not go together; nobody is told which of them is wrong."""

    def __init__(self) -> None:
        super().__init__("name or password is wrong")


class TooManyAttempts(PeopleError):
    """Somebody tried too often.

    Attributes:
        wait_s: whole seconds until the next attempt is looked at.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many attempts: wait {wait_s} s, then try again")
        self.wait_s = wait_s


class SignedOut(PeopleError):
    """There is no such session, or it ended."""

    def __init__(self) -> None:
        super().__init__("you are not signed in any more: sign in again")


class LinkRefused(PeopleError):
    """A one-time link was used before, is too old, or never was one."""

    def __init__(self) -> None:
        super().__init__("this link was used before or is too old: ask for a new one (coachwork people link)")


class IdentityUnknown(PeopleError):
    """Somebody proved who they are at an OpenID provider, and has no account here."""

    def __init__(self) -> None:
        super().__init__("you have no account here: ask an admin for a link (coachwork people add)")


class Right(StrEnum):
    """What somebody may do in the workbench."""

    READ = "read"
    CORRECT = "correct"
    DECIDE = "decide"
    APPROVE = "approve"
    PEOPLE = "people"
    FIGURES = "figures"


class Role(StrEnum):
    """What somebody is within a tenant."""

    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def rights(self) -> frozenset[Right]:
        """What the role allows."""
        return _RIGHTS[self]


_WORK = frozenset({Right.READ, Right.CORRECT, Right.DECIDE})
_RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.HANDLER: _WORK,
    Role.SUPERVISOR: _WORK | {Right.APPROVE, Right.FIGURES},
    Role.ADMIN: _WORK | {Right.PEOPLE, Right.FIGURES},
}
_SCOPES: Mapping[Right, tuple[Scope, ...]] = {
    Right.READ: (Scope.READ,),
    Right.CORRECT: (Scope.WRITE,),
    Right.DECIDE: (Scope.DECIDE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account.

    Attributes:
        id: its name.
        tenant: for whom they work; they see no other tenant's cases.
        login: by which they sign in; no two accounts have the same.
        role: what they may do.
        made: UTC.
        disabled: UTC; None while they may sign in.
        has_password: False until they chose one by their link.
    """

    id: str
    tenant: str
    login: str
    role: Role
    made: datetime
    disabled: datetime | None = None
    has_password: bool = False

    def may(self, right: Right) -> bool:
        """Whether the person's role allows it."""
        return right in self.role.rights

    def need(self, right: Right) -> None:
        """Nothing, where the role allows it.

        Raises:
            NotAllowed: it does not.
        """
        if not self.may(right):
            message = f"your role ({self.role}) does not allow this: ask somebody whose role does"
            raise NotAllowed(message)

    @property
    def caller(self) -> Caller:
        """The person as whoever asks the service for something."""
        scopes = [scope for right in self.role.rights for scope in _SCOPES.get(right, ())]
        return Caller(tenant=self.tenant, name=self.login, scopes=frozenset(scopes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person who is signed in.

    Attributes:
        person: who.
        begun: UTC.
        ends: UTC; whatever happens, the session does not last longer.
        csrf: what every form of this session must bring along.
    """

    person: Person
    begun: datetime
    ends: datetime
    csrf: str


def tidy_login(text: str) -> str:
    """A login as it is kept and compared: NFKC, small letters, no space around it.

    Raises:
        AccountRefused: it is empty, too long, or holds what nobody can type or see.
    """
    login = unicodedata.normalize("NFKC", text).strip().casefold()
    if not login or len(login) > MOST_LOGIN or any(not letter.isprintable() or letter.isspace() for letter in login):
        message = f"a login has 1 to {MOST_LOGIN} visible characters without spaces, such as anna@example.org"
        raise AccountRefused(message)
    return login


def check_password(password: str, login: str) -> str:
    """A new password as it is kept, NFKC.

    Source: length before composition, as NIST SP 800-63B asks for.

    Raises:
        PasswordRefused: it is too short or too long, or easily guessed from the login.
    """
    tidy = unicodedata.normalize("NFKC", password)
    if not LEAST_PASSWORD <= len(tidy) <= MOST_PASSWORD:
        message = f"a password has at least {LEAST_PASSWORD} characters: choose several words"
        raise PasswordRefused(message)
    bare = tidy.casefold()
    name = login.partition("@")[0]
    if len(set(bare)) < 5 or bare in {login, login * 2} or bare.strip("0123456789!.-_ ") in {name, "password", ""}:
        message = "this password is easily guessed: choose several words that do not belong together"
        raise PasswordRefused(message)
    return tidy
