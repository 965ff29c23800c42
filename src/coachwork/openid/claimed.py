"""What claims say of a person: by which login they are known, and which role is theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

_LOGINS = ("preferred_username", "email", "sub")


def claimed_values(claims: Mapping[str, Any], path: str) -> Sequence[str]:
    """The texts that lie at a path of claims, such as ``groups`` or ``realm_access.roles``; none where there are none.

    A claim may have the whole path as its name, as addresses of web pages do that name claims.

    >>> claimed_values({"realm_access": {"roles": ["handlers", 3]}}, "realm_access.roles")
    ['handlers']
    """
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def claimed_login(claims: Mapping[str, Any], claim: str = "") -> str:
    """By which login a new account is known; an e-mail address counts only where the provider verified it.

    >>> claimed_login({"email": "anna@example.org", "email_verified": False, "sub": "7"})
    '7'
    """
    for name in (claim,) if claim else _LOGINS:
        value = claims.get(name)
        if name == "email" and claims.get("email_verified", True) is not True:
            continue
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def first_role(values: Sequence[str], roles: Mapping[str, str]) -> str | None:
    """The first of the mapped roles, in the mapping's order, that one of the values stands for.

    >>> first_role(["staff", "leads"], {"leads": "supervisor", "staff": "handler"})
    'supervisor'
    """
    return next((role for value, role in roles.items() if value in values), None)
