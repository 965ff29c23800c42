"""People sign in at a real provider on loopback; then everything is tried by which somebody else could."""

import base64
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from coachwork.cases.people import Role
from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from tests.openid.small_provider import CLIENT, SECRET, SmallProvider, small_provider

PAGE = {"Accept": "text/html"}


@pytest.fixture
def provider() -> Iterator[SmallProvider]:
    with small_provider() as found:
        yield found


def service_of(folder: Path, provider: SmallProvider, **more: str) -> Service:
    told = {
        "COACHWORK_DATA_DIR": str(folder),
        "COACHWORK_OIDC_ISSUER": provider.issuer,
        "COACHWORK_OIDC_CLIENT_ID": CLIENT,
        "COACHWORK_OIDC_CLIENT_SECRET": SECRET,
        "COACHWORK_OIDC_NAME": "Example ID",
        "COACHWORK_OIDC_CREATE": "1",
    }
    return Service(read_settings(told | more))


@pytest.fixture
def desk(tmp_path: Path, provider: SmallProvider) -> Service:
    return service_of(tmp_path, provider)


def browser_of(service: Service) -> TestClient:
    return TestClient(create_app(service, works=False), headers=PAGE, follow_redirects=False)


@pytest.fixture
def browser(desk: Service) -> TestClient:
    return browser_of(desk)


def begun(browser: TestClient, path: str = "/login/openid") -> str:
    answer = browser.get(path)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def own(address: str) -> str:
    parts = urlsplit(address)
    assert parts.netloc == "testserver"
    return f"{parts.path}?{parts.query}"


def sign_in(browser: TestClient, provider: SmallProvider, path: str = "/login/openid") -> Any:
    return browser.get(own(provider.authorize(begun(browser, path))))


def test_somebody_signs_in_and_out(browser: TestClient, provider: SmallProvider, desk: Service) -> None:
    page = browser.get("/login?next=/workbench%3Fstate%3Dready")
    link = re.search(r'href="(/login/openid[^"]*)"', page.text)
    assert link is not None
    assert "Example ID" in page.text
    answer = sign_in(browser, provider, link[1])
    assert (answer.status_code, answer.headers["location"]) == (303, "/workbench?state=ready")
    account = browser.get("/workbench/account")
    assert (account.status_code, "anna" in account.text) == (200, True)
    (made,) = desk.people.all()
    assert (made.login, made.role, made.has_password) == ("anna", Role.HANDLER, False)
    csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', account.text)
    assert csrf is not None
    out = browser.post("/logout", data={"csrf": csrf[1]})
    assert out.headers["location"] == "/signed-out"
    assert browser.get("/workbench").status_code == 303
    lead = browser.get("/signed-out")
    refresh = lead.headers["refresh"]
    assert refresh.startswith(f"0; url={provider.issuer}/logout?client_id={CLIENT}&post_logout_redirect_uri=")


def test_the_same_person_keeps_the_account_whatever_they_are_called_now(
    browser: TestClient, provider: SmallProvider, desk: Service
) -> None:
    assert sign_in(browser, provider).status_code == 303
    provider.user = {"sub": "248", "preferred_username": "anna.married"}
    assert sign_in(browser, provider).status_code == 303
    assert [one.login for one in desk.people.all()] == ["anna"]


def test_a_name_alone_takes_over_no_account(browser: TestClient, provider: SmallProvider, desk: Service) -> None:
    desk.people.add(desk.keys.tenant("default"), "anna", Role.ADMIN)
    answer = sign_in(browser, provider)
    assert answer.status_code == 409
    assert "session" not in browser.cookies
    assert sign_in(browser, provider).status_code == 409


@pytest.mark.parametrize("verified", [False, "true", None, 0])
def test_an_address_that_nobody_verified_names_nobody(
    browser: TestClient, provider: SmallProvider, desk: Service, verified: object
) -> None:
    provider.user = {"sub": "9", "email": "boss@example.org", "email_verified": verified}
    assert sign_in(browser, provider).status_code == 303
    assert [one.login for one in desk.people.all()] == ["9"]


def test_a_one_time_link_links_an_account(tmp_path: Path, provider: SmallProvider) -> None:
    desk = service_of(tmp_path, provider, COACHWORK_OIDC_CREATE="0", COACHWORK_LOCAL_SIGN_IN="0")
    browser = browser_of(desk)
    assert sign_in(browser, provider).status_code == 403
    _, token = desk.people.add(desk.keys.tenant("default"), "anna@example.org", Role.SUPERVISOR)
    page = browser.get(f"/link/{token}").text
    assert f'action="/link/{token}/openid"' in page
    assert 'type="password"' not in page
    lead = browser.post(f"/link/{token}/openid")
    address = lead.headers["refresh"].removeprefix("0; url=")
    assert lead.status_code == 200
    assert browser.get(own(provider.authorize(address))).status_code == 303
    assert "anna@example.org" in browser.get("/workbench/account").text
    assert browser.post(f"/link/{token}/openid").status_code == 410
    other = browser_of(desk)
    assert sign_in(other, provider).status_code == 303
    assert [one.login for one in desk.people.all()] == ["anna@example.org"]


def test_the_first_account_may_be_the_providers(tmp_path: Path, provider: SmallProvider) -> None:
    desk = service_of(tmp_path, provider, COACHWORK_LOCAL_SIGN_IN="0")
    browser, token = browser_of(desk), desk.people.first_link(desk.keys.tenant("default"))
    assert browser.post(f"/link/{token}/openid").status_code == 410
    lead = browser.post(f"/first/{token}/openid")
    assert browser.get(own(provider.authorize(lead.headers["refresh"][7:]))).status_code == 303
    assert [(one.login, one.role) for one in desk.people.all()] == [("anna", Role.ADMIN)]


def test_without_local_sign_in_no_password_is_looked_at(tmp_path: Path, provider: SmallProvider) -> None:
    desk = service_of(tmp_path, provider, COACHWORK_LOCAL_SIGN_IN="0")
    browser = browser_of(desk)
    _, token = desk.people.add(desk.keys.tenant("default"), "bob", Role.HANDLER)
    secret = "four words at random"  # noqa: S105
    assert browser.post("/login", data={"login": "bob", "password": secret}).status_code == 403
    assert browser.post(f"/link/{token}", data={"password": secret, "again": secret}).status_code == 403
    assert 'type="password"' not in browser.get("/login").text


@pytest.mark.parametrize(
    ("groups", "role"), [(["staff"], Role.HANDLER), (["staff", "leads"], Role.SUPERVISOR), (["x"], None), (None, None)]
)
def test_roles_follow_from_a_claim_at_every_sign_in(
    tmp_path: Path, provider: SmallProvider, groups: list[str] | None, role: Role | None
) -> None:
    told = {"COACHWORK_OIDC_ROLE_CLAIM": "realm_access.roles", "COACHWORK_OIDC_ROLES": "leads=supervisor,staff=handler"}
    desk = service_of(tmp_path, provider, **told)
    browser = browser_of(desk)
    provider.user["realm_access"] = {"roles": ["leads"]}
    assert sign_in(browser, provider).status_code == 303
    provider.user["realm_access"] = {"roles": groups}
    again = sign_in(browser_of(desk), provider)
    assert again.status_code == (403 if role is None else 303)
    assert desk.people.person("anna").role is (role or Role.SUPERVISOR)


def test_a_disabled_account_stays_out(browser: TestClient, provider: SmallProvider, desk: Service) -> None:
    sign_in(browser, provider)
    desk.people.disable("anna")
    assert browser.get("/workbench").status_code == 303
    assert sign_in(browser_of(desk), provider).status_code == 401


def after(seconds: float) -> Callable[[], float]:
    """A moment so many seconds after the one at which it is asked for."""
    return lambda: time.time() + seconds


def changed(change: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Claims with some that are others; one that is None is left out."""

    def changing(claims: dict[str, Any]) -> dict[str, Any]:
        told = claims | {name: one() if callable(one) else one for name, one in change.items()}
        return {name: one for name, one in told.items() if one is not None}

    return changing


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unsigned(claims: dict[str, Any], alg: str = "none") -> str:
    return ".".join(_text(json.dumps(one).encode()) for one in ({"alg": alg, "kid": "one"}, claims)) + "."


def _by_public_key(provider: SmallProvider) -> Callable[[dict[str, Any]], str]:
    """HS256 with the text of the public key as the secret, which everybody knows."""
    secret = provider.keys[0].as_pem(private=False)

    def signed(claims: dict[str, Any]) -> str:
        bare = _unsigned(claims, alg="HS256").rstrip(".")
        return f"{bare}.{_text(hmac.digest(secret, bare.encode(), 'sha256'))}"

    return signed


def _by_own_key(_provider: SmallProvider) -> Callable[[dict[str, Any]], str]:
    """A key of the attacker's, which the token itself brings along."""
    own_key = RSAKey.generate_key(2048, {"kid": "one"})
    header = {"alg": "RS256", "kid": "one", "jwk": own_key.as_dict(private=False)}
    return lambda claims: jwt.encode(header, claims, own_key)


def _other_signature(provider: SmallProvider) -> Callable[[dict[str, Any]], str]:
    return lambda claims: (
        provider.signed(claims | {"sub": "1"}).rsplit(".", 1)[0] + "." + provider.signed(claims).rsplit(".", 1)[1]
    )


@pytest.mark.parametrize(
    "signer", [lambda _: _unsigned, _by_public_key, _by_own_key, _other_signature, lambda _: lambda _claims: "x.y.z"]
)
def test_forged_tokens_are_refused(
    browser: TestClient,
    provider: SmallProvider,
    desk: Service,
    signer: Callable[[SmallProvider], Callable[[dict[str, Any]], str]],
) -> None:
    provider.sign = signer(provider)
    assert sign_in(browser, provider).status_code == 401
    assert desk.people.all() == []
    assert "session" not in browser.cookies
    provider.sign = None
    assert sign_in(browser, provider).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["x"]},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "somebody else"},
        {"aud": None},
        {"aud": []},
        {"aud": [CLIENT, "other"]},
        {"aud": [CLIENT, "other"], "azp": "other"},
        {"azp": "other"},
        {"exp": after(-61)},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"iat": after(300)},
        {"iat": after(-7200)},
        {"nbf": after(300)},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "AAAA"},
    ],
)
def test_tokens_for_somebody_else_or_another_moment_are_refused(
    browser: TestClient, provider: SmallProvider, desk: Service, change: dict[str, Any]
) -> None:
    provider.change = changed(change)
    assert sign_in(browser, provider).status_code == 401
    assert desk.people.all() == []


@pytest.mark.parametrize("change", [{"exp": after(-30)}, {"iat": after(30)}, {"aud": [CLIENT]}])
def test_clocks_may_be_a_minute_apart(browser: TestClient, provider: SmallProvider, change: dict[str, Any]) -> None:
    provider.change = changed(change)
    assert sign_in(browser, provider).status_code == 303


def test_an_answer_counts_once(browser: TestClient, provider: SmallProvider) -> None:
    back = own(provider.authorize(begun(browser)))
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 401
    assert len([path for path in provider.asked if path == "/token"]) == 1, "a replayed answer reaches no provider"


def test_a_code_of_somebody_else_is_refused_by_pkce(
    browser: TestClient, provider: SmallProvider, desk: Service
) -> None:
    """The attacker's code with the victim's state, and the other way round."""
    attacker = browser_of(desk)
    stolen = parse_qs(urlsplit(provider.authorize(begun(attacker))).query)["code"][0]
    back = own(provider.authorize(begun(browser)))
    assert browser.get(re.sub(r"code=[^&]+", f"code={stolen}", back)).status_code == 401


def test_an_answer_in_another_browser_is_refused(browser: TestClient, provider: SmallProvider, desk: Service) -> None:
    """Whoever makes a victim open their own answer would sign the victim in as themselves."""
    back = own(provider.authorize(begun(browser)))
    victim = browser_of(desk)
    assert victim.get(back).status_code == 401
    assert "session" not in victim.cookies
    begun(victim)
    assert victim.get(own(provider.authorize(begun(browser)))).status_code == 401


def test_answers_without_state_or_of_another_issuer_are_refused(browser: TestClient, provider: SmallProvider) -> None:
    for query in ("", "?code=x", "?state=x", f"?code=x&state={'y' * 43}", "?state=" + "z" * 5000):
        assert browser.get(f"/login/openid/back{query}").status_code == 401
    for issuer in ("&iss=https%3A%2F%2Fevil.example", ""):
        back = re.sub(r"&iss=[^&]+", issuer, own(provider.authorize(begun(browser))))
        assert browser.get(back).status_code == 401
    assert "/token" not in provider.asked, "a mixed-up answer's code is given to nobody"


def test_what_the_provider_refuses_is_told(
    browser: TestClient, provider: SmallProvider, caplog: pytest.LogCaptureFixture
) -> None:
    back = own(provider.authorize(begun(browser)))
    refused = browser.get(re.sub(r"code=[^&]+", "error=access_denied%0Aforged+line", back))
    assert refused.status_code == 401
    assert 'role="alert"' in refused.text
    assert "\nforged" not in caplog.text


def test_keys_that_changed_are_fetched_anew_but_not_at_will(
    browser: TestClient, provider: SmallProvider, desk: Service
) -> None:
    assert sign_in(browser, provider).status_code == 303
    provider.rotate("two")
    assert desk.openid is not None
    discovery = desk.openid.provider._discovery
    assert sign_in(browser, provider).status_code == 401, "fetched a moment ago"
    discovery._clock = lambda: time.monotonic() + 11
    assert sign_in(browser, provider).status_code == 303
    asked = provider.asked.count("/jwks")
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, provider.keys[0])
    for _ in range(5):
        assert sign_in(browser, provider).status_code == 401
    assert provider.asked.count("/jwks") == asked


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://id.example.org/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_a_document_that_cannot_be_is_refused(
    browser: TestClient, provider: SmallProvider, document: dict[str, Any]
) -> None:
    provider.document = document
    assert browser.get("/login/openid").status_code == 502


def test_a_provider_that_is_away_or_broken_is_told(browser: TestClient, provider: SmallProvider, desk: Service) -> None:
    back = own(provider.authorize(begun(browser)))
    provider.broken = True
    assert browser.get(back).status_code == 502
    assert browser_of(desk).get("/login").status_code == 200


def test_no_open_redirect_and_no_provider_no_page(tmp_path: Path, browser: TestClient, provider: SmallProvider) -> None:
    assert sign_in(browser, provider, "/login/openid?next=//evil.example").headers["location"] == "/workbench"
    plain = browser_of(Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path / "plain")})))
    assert plain.get("/login/openid").status_code == 404
    assert "/login/openid" not in plain.get("/login").text
    assert plain.get("/signed-out").headers["location"] == "/login"


def test_a_session_of_before_ends_and_forms_of_others_begin_nothing(
    browser: TestClient, provider: SmallProvider, desk: Service
) -> None:
    sign_in(browser, provider)
    before = browser.cookies["session"]
    sign_in(browser, provider)
    assert browser.cookies["session"] != before
    stale = browser_of(desk)
    stale.cookies.set("session", before)
    assert stale.get("/workbench").status_code == 303
    _, token = desk.people.add(desk.keys.tenant("default"), "mallory", Role.HANDLER)
    foreign = browser.post(f"/link/{token}/openid", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
