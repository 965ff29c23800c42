"""Guided capture in a real browser with a made-up camera: outline over the live picture, photos removed again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from coachwork.casework.service import Service
from tests.web.customer.conftest import Opened
from tests.web.live import CHROMIUM, need_browser, serving

CAMERA = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="module")
def address(idle: Service) -> Iterator[str]:
    need_browser()
    with serving(idle) as found:
        yield found


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """A phone's page; whatever it complains of fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CAMERA)
        context = browser.new_context(viewport={"width": 390, "height": 800}, locale="en-GB", base_url=address)
        opened = context.new_page()
        complaints: list[str] = []
        opened.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        opened.on("pageerror", lambda told: complaints.append(str(told)))
        yield opened
        browser.close()
        assert complaints == []


def test_a_photo_is_taken_through_the_outline_and_removed_again(
    page: Page, idle: Service, opened: Callable[..., Opened]
) -> None:
    own = opened()
    page.goto(f"{own.home}/photos")
    page.locator('[data-camera="left"]').click()
    expect(page.locator("dialog.camera .outline svg")).to_be_visible()
    take = page.locator("[data-lens-take]")
    expect(take).to_be_enabled()
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0
    take.click()
    expect(page.locator("dialog.camera")).to_be_hidden()
    expect(page.locator(".shot-state")).to_contain_text("Arrived")
    (kept,) = idle.cases.photos(own.caller.tenant, own.case_id)
    assert kept.name.startswith("left-1.")
    page.once("dialog", lambda asked: asked.dismiss())
    page.locator(".shot .danger").click()
    assert len(idle.cases.photos(own.caller.tenant, own.case_id)) == 1
    page.once("dialog", lambda asked: asked.accept())
    page.locator(".shot .danger").click()
    expect(page.locator(".shot")).to_have_count(0)
    assert idle.cases.photos(own.caller.tenant, own.case_id) == []
    assert not idle.photo_store.holds(own.caller.tenant, kept.sha256)
    expect(page.locator("[data-complete] button")).to_be_disabled()


def test_escape_shuts_the_camera(page: Page, opened: Callable[..., Opened]) -> None:
    page.goto(f"{opened().home}/photos")
    lens = page.locator('[data-camera="close_up"]')
    lens.click()
    expect(page.locator("dialog.camera .hint")).to_contain_text("Go close")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.camera")).to_be_hidden()
    assert page.evaluate("document.querySelector('dialog.camera video').srcObject === null")
    expect(lens).to_be_focused()


def test_photos_of_an_earlier_visit_are_removed_too(page: Page, idle: Service, opened: Callable[..., Opened]) -> None:
    own = opened()
    own.photo((Path(__file__).parents[3] / "src/coachwork/samples/front-bumper.jpg").read_bytes(), "front-1.jpg")
    page.goto(f"{own.home}/photos")
    page.once("dialog", lambda asked: asked.accept())
    page.locator("[data-remove] button").click()
    expect(page.locator(".shot")).to_have_count(0)
    assert idle.cases.photos(own.caller.tenant, own.case_id) == []
