"""Who asks, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachwork.cases.problems import CaseError


class Scope(StrEnum):
    """What a service key may be used for."""

    ASSESS = "assess"
    READ = "cases:read"
    WRITE = "cases:write"
    DECIDE = "cases:decide"
    CORRECT = "cases:correct"
    ORIGINALS = "photos:original"
    WEBHOOKS = "webhooks"
    ERASE = "cases:erase"


class NotAllowed(CaseError):
    """The key is good, and does not allow what was asked for."""


class UnknownKey(CaseError):
    """There is no such key, or it was revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever asks.

    Attributes:
        tenant: for whom.
        name: as events tell it.
        scopes: what is allowed.
    """

    tenant: str
    name: str
    scopes: frozenset[Scope]

    def need(self, scope: Scope) -> None:
        """Nothing, where the scope is there.

        Raises:
            NotAllowed: it is not.
        """
        if scope not in self.scopes:
            message = f"this key does not allow {scope.value}: use one that does"
            raise NotAllowed(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey:
    """What is known of a key; its secret is not.

    Attributes:
        id: the part of the key before the point.
        tenant: whose.
        name: what it is for.
        scopes: what it allows.
        made: UTC.
        revoked: UTC; None while it is good.
    """

    id: str
    tenant: str
    name: str
    scopes: frozenset[Scope]
    made: datetime
    revoked: datetime | None


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of their names; unknown names, of later versions, allow nothing."""
    return frozenset(Scope(name) for name in names if name in list(Scope))
