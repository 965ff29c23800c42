"""The same in a real browser, whose rules on cookies, forms and other sites count: in, out, and by a one-time link."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from coachwork.cases.people import Role
from coachwork.casework.service import Service
from tests.openid.small_provider import SmallProvider, small_provider
from tests.openid.test_openid_sign_in import service_of
from tests.web.live import CHROMIUM, need_browser, serving


@pytest.fixture
def provider() -> Iterator[SmallProvider]:
    need_browser()
    with small_provider() as found:
        yield found


@pytest.fixture
def desk(tmp_path: Path, provider: SmallProvider) -> Service:
    return service_of(tmp_path, provider)


@pytest.fixture
def page(desk: Service) -> Iterator[Page]:
    with serving(desk) as address, sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        opened = started.new_context(base_url=address.replace("127.0.0.1", "localhost"), locale="en-GB").new_page()
        complaints: list[str] = []
        opened.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        yield opened
        started.close()
        assert complaints == []


def test_in_and_out_in_a_browser(page: Page, provider: SmallProvider) -> None:
    page.goto("/workbench?state=ready")
    page.click("text=Sign in by Example ID")
    expect(page).to_have_url(re.compile(r"/workbench\?state=ready$"))
    page.goto("/workbench/account")
    expect(page.locator("dl.facts")).to_contain_text("anna")
    page.click("button.primary")
    expect(page).to_have_url(re.compile("/login$"))
    assert any(path.startswith("/logout?") for path in provider.asked)
    page.goto("/workbench")
    expect(page).to_have_url(re.compile("/login"))


def test_a_link_is_used_in_a_browser(page: Page, desk: Service) -> None:
    _, token = desk.people.add(desk.keys.tenant("default"), "bob@example.org", Role.SUPERVISOR)
    page.goto(f"/link/{token}")
    page.click("text=Sign in by Example ID")
    expect(page).to_have_url(re.compile("/workbench$"))
    page.goto("/workbench/account")
    expect(page.locator("dl.facts")).to_contain_text("bob@example.org")
