"""Addresses under which Label Studio serves photos; its exports to other formats have them as names of photos."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

UPLOAD_PREFIX = re.compile(r"[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded file."""
_SERVED = re.compile(r"(https?://[^/?#]+)?/(?:[^?#]*/)?data/(local-files/?\?|upload/)", re.IGNORECASE)


def is_address(name: str) -> bool:
    """Whether a photo's name is an address of Label Studio's, not one of a file.

    >>> is_address("/data/local-files/?d=cars/a.jpg"), is_address("data/upload/a.jpg")
    (True, False)
    """
    return _SERVED.match(name) is not None


def names_of(address: str) -> list[str]:
    """Names under which a photo may lie, the likeliest first.

    >>> names_of("/data/upload/1/3ac8d2f1-car%201.jpg")
    ['3ac8d2f1-car 1.jpg', 'car 1.jpg']
    >>> names_of("/data/local-files/?d=cars/a.jpg")
    ['cars/a.jpg']
    """
    try:
        parts = urlsplit(address)
        query = parse_qs(parts.query)
    except ValueError:
        return [address]
    if "d" in query:
        return [query["d"][0].replace("\\", "/")]
    name = unquote(parts.path)
    if parts.scheme or name.startswith("/"):
        name = name.rpartition("/")[2]
    names = [name] if name else []
    last = name.rpartition("/")[2]
    return [*names, last[9:]] if UPLOAD_PREFIX.match(last) and len(last) > 9 else names
