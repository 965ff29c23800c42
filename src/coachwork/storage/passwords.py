"""Passwords as argon2id hashes, by the parameters of RFC 9106 for little memory (64 MiB, three passes)."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hashing takes 64 MiB: many at once would be a way to exhaust the memory."""

_HASHER = PasswordHasher()
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$9EFNx7tSObrA2NXevoKXhA$dx5WQdAc1lBws3C9n4EHiR0rZm93Njp0dl8td/PBr+4"


def password_hash(password: str) -> str:
    """The hash of a password, with its salt and parameters."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one of a hash; takes as long where there is no hash."""
    with _AT_ONCE:
        try:
            _HASHER.verify(kept or _NOBODY, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made by other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)
