"""Names for cases, photos and keys: unguessable enough, and in the order in which they were made."""

import secrets
import threading
import time

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in small letters, whose order is that of the numbers."""


_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """A name such as ``case_01kavy3qz8r5t2m4n6p8q0s1v3``: 48 bits of time in milliseconds, 80 random ones.

    Within a process names rise also where several are made in one millisecond, or the clock is set back.

    Source: the ULID specification, github.com/ulid/spec, with its monotonic order.
    """
    global _last  # noqa: PLW0603 (one order for all names of a process)
    with _lock:
        number = max((time.time_ns() // 1_000_000 << 80) | secrets.randbits(80), _last + 1 + secrets.randbits(64))
        _last = number
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in range(25, -1, -1))
    return f"{prefix}_{letters}"
