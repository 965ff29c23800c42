"""Styles, scripts and pictures of the pages, under an address that changes with what they hold.

One digest stands for all files, so that a script may import the one beside it by its plain name; browsers keep what
they fetched for a year, and fetch everything anew after an update.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

_FOLDER = Path(__file__).with_name("static")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFiles:
    """All files.

    Attributes:
        digest: of their names and contents, the first 16 hex digits of a SHA-256.
        contents: name, with slashes, -> bytes.
    """

    digest: str
    contents: Mapping[str, bytes]

    def url(self, name: str) -> str:
        """The address of a file.

        Raises:
            KeyError: there is none of that name.
        """
        if name not in self.contents:
            raise KeyError(name)
        return f"/static/{self.digest}/{name}"


@cache
def static_files() -> StaticFiles:
    """The files that ship with the pages, read once."""
    contents: dict[str, bytes] = {}
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.rglob("*")):
        if path.is_file() and path.suffix in _TYPES:
            name = path.relative_to(_FOLDER).as_posix()
            contents[name] = path.read_bytes()
            digest.update(f"{name}\0{len(contents[name])}\0".encode() + contents[name])
    return StaticFiles(digest=digest.hexdigest()[:16], contents=contents)


@router.get("/static/{digest}/{name:path}", name="static")
def static_file(digest: str, name: str) -> Response:
    """A file; one of an address that has passed is given too, and not kept by the browser."""
    files = static_files()
    if name not in files.contents:
        return Response(status_code=404)
    kept = _FOR_EVER if digest == files.digest else "no-cache"
    kind = _TYPES[Path(name).suffix]
    return Response(files.contents[name], media_type=kind, headers={"Cache-Control": kept})
