"""Nobody reaches another tenant's or another customer's things, by any route.

The routes are taken from the app itself: one that is added and names a thing in its path or body is tried at once, and
fails until it is told here how it is asked.
"""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.security.conftest import MARK, Estate, csrf_of
from tests.security.walking import Call, every_call

_OWNED = {"inspection", "upload", "webhook", "lot", "comparison", "link", "decision", "photo", "other", "view"}
"""Names of path parameters that name a tenant's thing."""

_FREE = {"digest", "name:path", "name", "token", "size", "place", "side"}
"""Names that open nothing by themselves, or are secrets."""

_FACTS = {"reference": "changed by a stranger"}
_DECISION = {"kind": "close", "revision": 1, "reason": "by a stranger"}
_PHOTO: dict[str, Any] = {"files": [("photo", ("a.jpg", b"\xff\xd8\xff"))]}
_PART: dict[str, Any] = {
    "content": b"x",
    "headers": {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
}
_OUTCOME = {"kind": "repair", "amount": "100.00", "currency": "EUR", "on": "2026-11-01"}
_CORRECTION = {"person": "stranger-handler", "kind": "undo", "revision": 1, "undoes": 1}
_BODIES: dict[str, dict[str, Any]] = {
    "PUT /v1/inspections/{inspection}": {"json": _FACTS},
    "POST /v1/inspections/{inspection}/photos": _PHOTO,
    "POST /v1/inspections/{inspection}/complete": {},
    "POST /v1/inspections/{inspection}/decisions": {"json": _DECISION},
    "POST /v1/inspections/{inspection}/corrections": {"json": _CORRECTION},
    "POST /v1/inspections/{inspection}/link": {},
    "POST /v1/inspections/{inspection}/uploads": {"json": {"bytes": 9}},
    "POST /v1/inspections/{inspection}/uploads/{upload}/complete": {},
    "PATCH /v1/inspections/{inspection}/uploads/{upload}": _PART,
    "POST /v1/inspections/{inspection}/report-links": {},
    "POST /v1/inspections/{inspection}/messages": {"json": {"text": "by a stranger"}},
    "PUT /v1/lots/{lot}/inspections/{inspection}": {},
    "POST /v1/comparisons/{comparison}/marks": {"json": {"revision": 0, "kind": "same", "reason": "x"}},
    "POST /v1/inspections/{inspection}/outcomes": {"json": _OUTCOME},
}
"""What a call that changes something is sent, so that it is refused for the thing and not for its body."""

_NOT_OF_CLAIMS = ("evidence", "listings", "rentals/{comparison}/pictures")
"""Pages that show nothing of the victim's case to its owner either, as it is a claim without signs and changes."""

_QUERIES = {"DELETE /v1/inspections/{inspection}": {"why": "by a stranger"}}


def _named(call: Call) -> set[str]:
    return set(re.findall(r"{([^}]+)}", call.path))


_THINGS = [call for call in every_call() if _named(call) & _OWNED]
_BY_KEY = [call for call in _THINGS if call.path.startswith("/v1/")]
_BY_SESSION = [call for call in _THINGS if call.path.startswith("/workbench/")]
_BY_LINK = [call for call in _THINGS if call.path.startswith("/c/")]


def _filled(call: Call, names: dict[str, str]) -> str:
    return re.sub(r"{([^}]+)}", lambda found: names[found[1]], call.path)


def test_every_name_in_a_path_is_known_and_every_thing_is_asked_for() -> None:
    assert {name for call in every_call() for name in _named(call)} <= _OWNED | _FREE
    assert set(_THINGS) == {*_BY_KEY, *_BY_SESSION, *_BY_LINK}
    assert len(_BY_KEY) > 30
    assert len(_BY_SESSION) > 15
    writing = {str(call) for call in _BY_KEY if call.method in {"POST", "PUT", "PATCH"}}
    assert writing == _BODIES.keys(), "tell in _BODIES how a new call is asked"


@pytest.mark.parametrize("call", _BY_KEY, ids=str)
def test_a_key_reaches_its_own_tenants_things_alone(estate: Estate, call: Call) -> None:
    names = estate.names | ({"inspection": estate.names["opened"]} if "upload" in call.path else {})
    request: dict[str, Any] = {"params": _QUERIES.get(str(call))} | _BODIES.get(str(call), {})
    answer = estate.client("stranger").request(call.method, _filled(call, names), **request)
    assert answer.status_code == 404, answer.text
    assert MARK not in answer.text
    if call.method in {"GET", "HEAD"}:
        own = estate.client("victim").request(call.method, _filled(call, names))
        assert own.status_code != 404, "the victim does not reach it either: nothing was shown"


@pytest.mark.parametrize("call", _BY_SESSION, ids=str)
@pytest.mark.parametrize("role", ["admin", "supervisor"])
def test_people_reach_their_own_tenants_things_alone(estate: Estate, call: Call, role: str) -> None:
    browser = estate.browser(f"stranger-{role}")
    request: dict[str, Any] = {"headers": {"Accept": "text/html"}}
    if call.method == "POST":
        told = {
            "csrf": csrf_of(browser),
            "kind": "close",
            "revision": "1",
            "reason": "x",
            "approved": "yes",
            "deed": "remove",
        }
        request["data"] = told | {"before": estate.names["inspection"], "after": estate.names["other"]}
        request["headers"]["X-Csrf"] = told["csrf"]
    if call.method in {"PATCH", "HEAD"}:
        request |= {"content": b"x", "headers": {**_PART["headers"], "X-Csrf": csrf_of(browser)}}
    answer = browser.request(call.method, _filled(call, estate.names), **request)
    assert answer.status_code in {403, 404, 422}, answer.text
    assert (answer.status_code == 404) or call.method in {"POST", "PATCH"}
    assert MARK not in answer.text
    if call.method == "GET":
        own = estate.browser("victim-supervisor").get(_filled(call, estate.names))
        assert own.status_code != 404 or any(kind in call.path for kind in _NOT_OF_CLAIMS)


@pytest.mark.parametrize("call", _BY_LINK, ids=str)
def test_a_private_link_reaches_its_own_case_alone(estate: Estate, call: Call) -> None:
    path = _filled(call, estate.names | {"token": estate.link[1]})
    request: dict[str, Any] = {"PATCH": _PART}.get(call.method, {})
    assert estate.browser().request(call.method, path, **request).status_code == 404


@pytest.mark.parametrize(
    "call", [call for call in every_call() if "{token}" in call.path and "{name" not in call.path], ids=str
)
@pytest.mark.parametrize("token", ["x" * 43, "%00", "..%2f..", "a" * 5000])
def test_links_that_are_none_open_nothing(estate: Estate, call: Call, token: str) -> None:
    path = _filled(call, estate.names | {"token": token})
    answer = estate.browser().request(call.method, path)
    assert answer.status_code in {401, 403, 404, 405, 410, 413, 414, 422, 429}, answer.text
    assert MARK not in answer.text


def test_things_that_a_body_names_are_looked_up_in_the_own_tenant(estate: Estate) -> None:
    stranger, names = estate.client("stranger"), estate.names
    compared = stranger.post("/v1/comparisons", json={"before": names["inspection"], "after": names["other"]})
    assert compared.status_code == 404
    own = stranger.post("/v1/inspections", json={}).json()["id"]
    assert stranger.post("/v1/comparisons", json={"before": own, "after": names["other"]}).status_code == 404
    assert stranger.put(f"/v1/lots/{names['lot']}/inspections/{own}").status_code == 404
    correction = _CORRECTION | {"person": "victim-handler"}
    assert stranger.post(f"/v1/inspections/{own}/corrections", json=correction).status_code in {404, 409, 422}
    browser = estate.browser("stranger-admin")
    for deed in ("disable", "link"):
        told = {"csrf": csrf_of(browser), "deed": deed, "login": "victim-handler"}
        assert browser.post("/workbench/people", data=told).status_code == 422
    assert estate.service.people.person("victim-handler").disabled is None


def test_lists_show_the_own_tenants_things_alone(estate: Estate) -> None:
    lists = [call for call in every_call() if call.method == "GET" and not _named(call)]
    browser, key = estate.browser("stranger-admin"), estate.client("stranger")
    for call in lists:
        for asking in (browser, key, estate.browser()):
            assert MARK not in asking.get(call.path).text, str(call)
            for query in ("q", "state", "cursor", "reference"):
                assert MARK not in asking.get(call.path, params={query: estate.names["inspection"]}).text, str(call)


def test_nothing_of_the_victims_was_changed_by_all_that(estate: Estate) -> None:
    """The last test of this file: what strangers tried above left no trace."""
    events = estate.service.cases.events(estate.case.tenant, estate.case.id)
    assert {one.by for one in events} <= {"tests", "key victim"}
    assert estate.service.cases.case(estate.case.tenant, estate.case.id).facts.reference == MARK
    assert isinstance(estate.client("victim"), TestClient)
