"""A handler's way through the workbench in a real browser: sign in, find a case, correct it, decide."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from coachwork.cases.case import Case, CaseState
from coachwork.casework.service import Service
from coachwork.settings import read_settings
from tests.web.live import CHROMIUM, need_browser, serving
from tests.web.workbench_cases import PASSWORD, person, ready_case

BUSY_MS = 30_000
"""What is expected may take so long on a busy machine."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Service:
    need_browser()
    made = Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("live"))}))
    person(made, "anna")
    return made


@pytest.fixture(scope="module")
def address(desk: Service) -> Iterator[str]:
    with serving(desk) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need_browser()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        expect.set_options(timeout=BUSY_MS)
        yield started
        expect.set_options(timeout=None)
        started.close()


@pytest.fixture(params=[1280, 390])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A page of somebody who is signed in, of two widths; whatever the console complains of fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="en-GB", base_url=address)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda told: complaints.append(told.text) if told.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda told: complaints.append(str(told)))
    opened.goto("/workbench")
    opened.fill("#login", "anna")
    opened.fill("#password", PASSWORD)
    opened.click("button.primary")
    opened.wait_for_url("**/workbench")
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture
def case(desk: Service) -> Case:
    return ready_case(desk)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_from_the_queue_to_a_decision(page: Page, desk: Service, case: Case) -> None:
    assert fits(page)
    page.fill("#q", case.id)
    page.press("#q", "Enter")
    page.click(f'a[href="/workbench/cases/{case.id}"]')
    page.wait_for_url(f"**/{case.id}")
    assert fits(page)
    page.locator("#damage-2 summary").click()
    page.select_option("#part-2", "bonnet")
    page.fill("#reason-2", "seen well on photo 1")
    page.locator('#damage-2 button[value="change"]').click()
    page.wait_for_url("**#photo-1")
    expect(page.locator("#damage-2")).to_contain_text("bonnet")
    assert len(desk.corrections.corrections(case.tenant, case.id)) == 1
    page.keyboard.press("Control+z")
    expect(page.locator("#damage-2")).to_contain_text("not known")
    page.fill("#amount", "120,50")
    page.fill("#reason", "as estimated")
    page.locator(".decide > form button.primary").click()
    expect(page.locator(".decision")).to_contain_text("120.50")
    assert desk.cases.case(case.tenant, case.id).state is CaseState.DECIDED


def test_table_and_photo_point_at_each_other(page: Page, case: Case) -> None:
    page.goto(f"/workbench/cases/{case.id}")
    scratch = page.locator('figure:not([hidden]) .shape:not(.label)[data-damage="2"]')
    page.locator("#damage-2 .pick").click()
    expect(scratch).to_have_class("shape possible hot")
    page.locator('[data-do="fit"]').click()
    page.locator('figure:not([hidden]) .shape:not(.label)[data-damage="1"] .line').click(position={"x": 4, "y": 4})
    expect(page.locator("#damage-1")).to_have_class("damage hot")
    page.locator("h1").click()
    page.keyboard.press("m")
    expect(scratch).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#photo-2")).to_be_visible()
    expect(page.locator("#photo-1")).to_be_hidden()


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_a_missed_damage_is_drawn(page: Page, desk: Service, case: Case, way: str) -> None:
    page.goto(f"/workbench/cases/{case.id}")
    page.locator('[data-do="in"]').click()
    frame = page.locator("#photo-1 .canvas").bounding_box()
    assert frame is not None
    if way == "mouse":
        page.locator('[data-do="box"]').click()
        page.mouse.move(frame["x"] + 30, frame["y"] + 40)
        page.mouse.down()
        page.mouse.move(frame["x"] + 120, frame["y"] + 110, steps=4)
        page.mouse.up()
    else:
        page.locator('[data-do="polygon"]').click()
        for key in ("Space", "ArrowRight", "ArrowRight", "Space", "ArrowDown", "ArrowDown", "Space", "Enter"):
            page.keyboard.press(key)
    page.select_option("#add-type", "crack")
    page.select_option("#add-part", "roof")
    page.locator("dialog button.primary").click()
    expect(page.locator("#damage-3")).to_contain_text("crack")
    (kept,) = desk.corrections.corrections(case.tenant, case.id)
    assert kept.mark is not None
    photo = desk.cases.photos(case.tenant, case.id)[0]
    x_min, y_min, x_max, y_max = kept.mark.box
    assert 0 <= x_min < x_max <= photo.size.width
    assert 0 <= y_min < y_max <= photo.size.height
    if way == "mouse":
        scale = photo.size.width / (frame["width"] * 1.5)
        assert x_max - x_min == pytest.approx(90 * scale, rel=0.05)
        assert y_max - y_min == pytest.approx(70 * scale, rel=0.05)


def test_drawing_is_given_up_by_escape(page: Page, desk: Service, case: Case) -> None:
    page.goto(f"/workbench/cases/{case.id}")
    page.keyboard.press("b")
    expect(page.locator(".draft")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".draft")).to_have_count(0)
    expect(page.locator("dialog")).to_be_hidden()
    assert desk.corrections.corrections(case.tenant, case.id) == []


def test_the_car_map_points_at_table_and_photo_and_back(page: Page, case: Case) -> None:
    page.goto(f"/workbench/cases/{case.id}")
    spot = page.locator('.map .spot[data-damage="1"]')
    door = page.locator('.map .panel[data-numbers="1"]')
    spot.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#damage-1")).to_have_class("damage hot")
    dent = page.locator('figure:not([hidden]) .shape:not(.label)[data-damage="1"]')
    expect(dent).to_have_class("shape hot")
    page.locator("#damage-2 .pick").focus()
    expect(spot).not_to_have_class("spot hot")
    page.locator("#damage-1 .pick").focus()
    expect(spot).to_have_class("spot hot")
    expect(door).to_have_class("panel minor hot")
    page.locator("#damage-2 .pick").click()
    place = door.bounding_box()
    assert place is not None
    door.click(position={"x": place["width"] * 0.7, "y": place["height"] * 0.85}, force=True)
    expect(page.locator("#damage-1")).to_have_class("damage hot")


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_an_outline_is_reshaped(page: Page, desk: Service, case: Case, way: str) -> None:
    page.goto(f"/workbench/cases/{case.id}")
    page.locator("#damage-1 summary").click()
    page.locator('#damage-1 [data-reshape-on="1"]').click()
    expect(page.locator(".draft .handle")).to_have_count(4)
    if way == "mouse":
        handle = page.locator(".draft .handle").nth(2).bounding_box()
        assert handle is not None
        page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
        page.mouse.down()
        page.mouse.move(handle["x"] + 40, handle["y"] + 30, steps=4)
        page.mouse.up()
        page.keyboard.press("m")
        page.keyboard.press("m")
        page.locator('[data-do="keep"]').click()
    else:
        for key in ("Tab", "Tab", "ArrowRight", "Shift+ArrowDown", "Insert", "Delete", "Enter"):
            page.keyboard.press(key)
    expect(page.locator("#damage-1 .tag.good")).to_have_text("person")
    (kept,) = desk.corrections.corrections(case.tenant, case.id)
    assert kept.mark is not None
    x_min, y_min, x_max, y_max = kept.mark.box
    assert (x_min, y_min) == (100, 120)
    assert x_max > 420
    assert y_max > 400
    page.keyboard.press("Control+z")
    expect(page.locator("#damage-1 td").nth(3)).to_contain_text("93")


def test_hours_are_changed_in_the_estimate(page: Page, desk: Service, case: Case) -> None:
    page.goto(f"/workbench/cases/{case.id}")
    page.locator(".change summary").first.click()
    page.locator(".change").first.locator("[name=net]").fill("250")
    page.locator(".change").first.locator("[name=reason]").fill("price of our shop")
    page.locator('.change button[value="change"]').first.click()
    expect(page.locator(".by-hand")).to_contain_text("price of our shop")
    lines = desk.cases.result(case.tenant, case.id).estimate["plans"]["likely"]["lines"]
    assert lines[0]["sublet"] == "250.00"
    assert fits(page)
    page.keyboard.press("Control+z")
    expect(page.locator(".by-hand")).to_have_count(0)
