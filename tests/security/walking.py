"""Every route of the whole app, however deep it lies, so that no test can forget a new one."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.web.app import create_app


@dataclass(frozen=True, kw_only=True)
class Call:
    """One method of a route.

    Attributes:
        method: of HTTP.
        path: with names in braces.
    """

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def every_call() -> tuple[Call, ...]:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder:
        told = {"COACHWORK_DATA_DIR": str(Path(folder) / "data"), "COACHWORK_PUBLIC_TENANT": "public"}
        service = Service(read_settings(told))
        found = tuple(_calls(create_app(service, works=False).routes))
        service.database.close()
    return found


def _calls(routes: Any, prefix: str = "") -> Iterator[Call]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _calls(included.routes, prefix + route.include_context.prefix)
        elif getattr(route, "methods", None):
            for method in sorted(route.methods):
                if method != "HEAD" or "GET" not in route.methods:
                    yield Call(method=method, path=prefix + route.path)
        else:
            yield from _calls(route.routes, prefix + getattr(route, "path", ""))
