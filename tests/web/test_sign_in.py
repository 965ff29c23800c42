import re

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.people import Role
from coachwork.casework.service import Service
from tests.web.workbench_cases import PASSWORD, person

_COUNT = iter(range(10_000))


def login_of(service: Service, role: Role = Role.HANDLER) -> str:
    login = f"somebody-{next(_COUNT)}@example.org"
    person(service, login, role)
    return login


def sign_in(browser: TestClient, login: str, password: str = PASSWORD, **more: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return browser.post("/login", data={"login": login, "password": password} | more)


def csrf_of(browser: TestClient) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', browser.get("/workbench/account").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "path", ["/workbench", "/workbench/people", "/workbench/account", "/workbench/cases/case_" + "0" * 26]
)
def test_whoever_is_not_signed_in_is_led_to_the_login(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


def test_signing_in_leads_where_one_wanted_to_go(browser: TestClient, service: Service) -> None:
    answer = sign_in(browser, login_of(service), next="/workbench?state=ready")
    assert (answer.status_code, answer.headers["location"]) == (303, "/workbench?state=ready")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/workbench").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/workbench\\@evil", "/workbenches", "/\nx", "javascript:alert(1)"],
)
def test_a_link_leads_nowhere_else_after_signing_in(browser: TestClient, service: Service, wanted: str) -> None:
    assert sign_in(browser, login_of(service), next=wanted).headers["location"] == "/workbench"


def test_over_tls_the_cookie_is_tied_to_the_host(running: TestClient, service: Service) -> None:
    with_tls = TestClient(running.app, base_url="https://testserver", follow_redirects=False)
    cookie = sign_in(with_tls, login_of(service)).headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "Path=/;" in cookie
    assert "Domain" not in cookie


def test_a_session_that_somebody_planted_is_not_taken_over(browser: TestClient, service: Service) -> None:
    browser.cookies.set("session", "planted")
    answer = sign_in(browser, login_of(service))
    assert "planted" not in answer.headers["set-cookie"]
    stale = TestClient(browser.app, cookies={"session": "planted"}, follow_redirects=False)
    assert stale.get("/workbench").status_code == 303


def test_the_session_of_before_ends_when_one_signs_in_again(browser: TestClient, service: Service) -> None:
    login = login_of(service)
    sign_in(browser, login)
    before = browser.cookies["session"]
    sign_in(browser, login)
    assert browser.cookies["session"] != before
    stale = TestClient(browser.app, cookies={"session": before}, follow_redirects=False)
    assert stale.get("/workbench").status_code == 303


def test_wrong_passwords_are_told_alike_and_slowed_down(browser: TestClient, service: Service) -> None:
    login = login_of(service)
    unknown = sign_in(browser, "nobody@example.org", "wrong")
    wrong = sign_in(browser, login, "wrong")
    assert (unknown.status_code, wrong.status_code) == (401, 401)
    assert "nobody@example.org" in unknown.text
    for _ in range(5):
        sign_in(browser, login, "wrong")
    slow = sign_in(browser, login)
    assert slow.status_code == 429
    assert int(slow.headers["retry-after"]) >= 1


def test_a_login_is_shown_again_as_text(browser: TestClient) -> None:
    text = sign_in(browser, '"><script>alert(1)</script>', "x").text
    assert "<script>alert" not in text


def test_forms_need_the_sessions_own_token(browser: TestClient, service: Service) -> None:
    sign_in(browser, login_of(service))
    for token in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "ä"}):
        assert browser.post("/logout", data=token).status_code == 403
    assert browser.get("/workbench").status_code == 200
    own = csrf_of(browser)
    sign_in(browser, login_of(service))
    assert browser.post("/logout", data={"csrf": own}).status_code == 403


def test_forms_of_other_sites_are_refused(browser: TestClient, service: Service) -> None:
    foreign = browser.post(
        "/login", data={"login": login_of(service), "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert "set-cookie" not in foreign.headers


def test_signing_out_here_and_everywhere(browser: TestClient, service: Service) -> None:
    login = login_of(service)
    other = TestClient(browser.app, follow_redirects=False)
    sign_in(other, login)
    sign_in(browser, login)
    assert browser.post("/logout", data={"csrf": csrf_of(browser)}).headers["clear-site-data"] == '"cache"'
    assert browser.get("/workbench").status_code == 303
    assert other.get("/workbench").status_code == 200
    sign_in(browser, login)
    browser.post("/logout", data={"csrf": csrf_of(browser), "everywhere": "1"})
    assert other.get("/workbench").status_code == 303


def test_a_link_lets_its_owner_choose_a_password_once(browser: TestClient, service: Service) -> None:
    _, token = service.people.add(service.keys.tenant("default"), f"link-{next(_COUNT)}", Role.HANDLER)
    page = browser.get(f"/link/{token}")
    assert page.status_code == 200
    assert page.headers["referrer-policy"] in {"no-referrer", "same-origin"}  # no other site learns the link
    assert browser.post(f"/link/{token}", data={"password": PASSWORD, "again": "x"}).status_code == 422
    assert browser.post(f"/link/{token}", data={"password": "short", "again": "short"}).status_code == 422
    done = browser.post(f"/link/{token}", data={"password": PASSWORD, "again": PASSWORD})
    assert done.headers["location"] == "/workbench"
    assert browser.get("/workbench").status_code == 200
    assert browser.get(f"/link/{token}").status_code == 410
    assert browser.post(f"/link/{token}", data={"password": PASSWORD, "again": PASSWORD}).status_code == 410
    assert browser.get("/link/nonsense").status_code == 410
    assert browser.get(f"/first/{token}").status_code == 410


def test_an_admin_looks_after_the_people_of_the_own_tenant(browser: TestClient, service: Service) -> None:
    stranger = person(service, f"other-{next(_COUNT)}", tenant="other")
    sign_in(browser, login_of(service, Role.ADMIN))
    csrf = csrf_of(browser)
    page = browser.get("/workbench/people").text
    assert stranger.login not in page
    login = f"new-{next(_COUNT)}"
    added = browser.post("/workbench/people", data={"csrf": csrf, "deed": "add", "login": login, "role": "supervisor"})
    link = re.search(r'href="(http://testserver/link/[\w-]+)"', added.text)
    assert link is not None
    assert service.people.person(login).role is Role.SUPERVISOR
    assert browser.post("/workbench/people", data={"csrf": csrf, "deed": "add", "login": login}).status_code == 422
    for deed in ("disable", "link"):
        refused = browser.post("/workbench/people", data={"csrf": csrf, "deed": deed, "login": stranger.login})
        assert refused.status_code == 422
    assert service.people.person(stranger.login).disabled is None
    browser.post("/workbench/people", data={"csrf": csrf, "deed": "disable", "login": login})
    assert service.people.person(login).disabled is not None


@pytest.mark.parametrize("role", [Role.HANDLER, Role.SUPERVISOR])
def test_nobody_else_looks_after_people(browser: TestClient, service: Service, role: Role) -> None:
    sign_in(browser, login_of(service, role))
    csrf = csrf_of(browser)
    assert browser.get("/workbench/people").status_code == 403
    made = browser.post("/workbench/people", data={"csrf": csrf, "deed": "add", "login": "mallory", "role": "admin"})
    assert made.status_code == 403
    assert "mallory" not in [one.login for one in service.people.all()]
