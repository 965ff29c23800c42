"""A customer's whole way in a real browser, on a phone-size screen, over a network that breaks in the middle."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image, ImageFilter

from coachwork.cases.access import Scope
from coachwork.photos.quality import measure_quality
from coachwork.photos.reading import read_photo
from coachwork.settings import read_settings
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.web.customer.advice import advice_in
from coachwork.web.strings import strings

SAMPLES = Path(__file__).parents[3] / "src" / "coachwork" / "samples"
CHROMIUM = shutil.which("chromium")
PHONE = {"width": 360, "height": 740}
NARROWEST = 320

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's Chromium is not installed: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a service in a process of its own, and a key to it."""
    folder = tmp_path_factory.mktemp("served")
    told = {"COACHWORK_DATA_DIR": str(folder), "COACHWORK_PUBLIC_TENANT": "public"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = Database(read_settings(told).database_url)
    database.migrate()
    keys = KeyStore(database)
    key = keys.make(keys.tenant("public"), "k", (Scope.READ, Scope.WRITE, Scope.DECIDE))[1]
    database.close()
    command = [sys.executable, "-m", "coachwork.cli.main", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                httpx2.get(f"{address}/ready", timeout=10)
                break
            except httpx2.TransportError:
                time.sleep(0.2)
        yield address, key
        run.terminate()


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of a phone; whatever it complains of is collected in `page.complaints`."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport=PHONE, locale="en-GB", has_touch=True, is_mobile=True)
        context.set_default_timeout(60_000)
        opened = context.new_page()
        opened.complaints = []
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        yield opened
        browser.close()


def fits(page: Any) -> None:
    """Nothing is cut off at the side, down to the narrowest screens."""
    page.set_viewport_size({"width": NARROWEST, "height": PHONE["height"]})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, page.url
    page.set_viewport_size(PHONE)


def told(page: Any, address: str) -> str:
    """Tells what happened, and gives the private link's address."""
    page.goto(address)
    fits(page)
    page.click("text=Report damage")
    page.fill("#on", "2026-01-15")
    page.check("input[name=cause][value=parking]", force=True)
    page.check("input[name=drivable][value=yes]", force=True)
    page.fill("#make", "Volkswagen")
    fits(page)
    page.click("text=Go on to the photos")
    page.wait_for_selector("[data-capture]:not([hidden])")
    fits(page)
    return str(page.url.split("/photos")[0])


def sent_over_a_poor_network(page: Any) -> None:
    """Three photos while the connection breaks twice, and one while there is no network for a time."""
    parts: list[str] = []

    def unreliable(route: Any) -> None:
        parts.append(route.request.method)
        if len(parts) in {2, 5}:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.context.route("**/uploads/*", unreliable)
    page.set_input_files("[data-take=close_up]", SAMPLES / "crushed-door.jpg")
    page.set_input_files("[data-choose]", [SAMPLES / "front-bumper.jpg", SAMPLES / "rear-corner.jpg"])
    page.wait_for_selector(".shot-state:has-text('connection broke')")
    page.wait_for_selector("[data-complete] button:not([disabled])")
    assert "HEAD" in parts, "it asked where the upload stands"
    assert page.locator(".shot .shot-state", has_text="Arrived").count() == 3
    page.wait_for_selector("[data-view=close_up][data-done]")
    page.context.set_offline(True)
    page.wait_for_selector("[data-offline]:not([hidden])")
    page.set_input_files("[data-choose]", [SAMPLES / "scratched-doors.jpg"])
    page.wait_for_selector(".shot-state:has-text('No network')")
    assert page.locator("[data-complete] button").is_disabled()
    page.context.set_offline(False)
    page.wait_for_selector("[data-complete] button:not([disabled])")
    assert page.locator(".shot .shot-state", has_text="Arrived").count() == 4


def test_from_the_first_question_to_accepting(server: tuple[str, str], page: Any) -> None:
    address, key = server
    home = told(page, address)
    sent_over_a_poor_network(page)
    page.click("[data-complete] button")
    page.wait_for_selector(".result", timeout=180_000)
    fits(page)
    assert page.locator("text=A person looks at your case first").count() == 1
    headers = {"Authorization": f"Bearer {key}"}
    case = httpx2.get(f"{address}/v1/inspections", headers=headers, timeout=30).json()["inspections"][0]["id"]
    decision = {"kind": "offer", "revision": 1, "amount": "310.00", "currency": "EUR", "reason": "Two scratches."}
    answer = httpx2.post(f"{address}/v1/inspections/{case}/decisions", json=decision, headers=headers, timeout=30)
    assert answer.status_code == 201, answer.text
    page.goto(home)
    page.check("input[type=checkbox]")
    page.click("text=Accept the offer")
    page.wait_for_selector("text=You accepted 310.00 EUR")
    fits(page)
    said = httpx2.get(f"{address}/v1/inspections/{case}/answers", headers=headers, timeout=30).json()
    assert [(one["kind"], one["offer"]["amount"]) for one in said] == [("accept", "310.00")]
    assert page.complaints == []


def test_a_bad_photo_is_advised_on_before_it_is_sent(server: tuple[str, str], page: Any) -> None:
    address, _ = server
    page.goto(f"{address}/new?lang=de")
    page.click("button.primary")
    page.wait_for_selector("[data-capture]:not([hidden])")
    page.context.set_offline(True)
    page.set_input_files("[data-take=front]", changed("dark"))
    page.wait_for_selector(".shot .advice:has-text('Zu dunkel')")
    page.set_input_files("[data-choose]", SAMPLES / "front-bumper.jpg")
    page.wait_for_selector(".shot:nth-child(2) .shot-state:has-text('Kein Netz')")
    assert page.locator(".shot:nth-child(2) .advice li").count() == 0, "a good photo is not advised against"
    page.context.set_offline(False)
    page.wait_for_selector("[data-complete] button:not([disabled])")
    assert page.locator(".shot.poor").count() == 1, "the server says so, too"
    assert page.complaints == []


def test_photos_that_were_not_sent_go_on_after_the_page_was_closed(server: tuple[str, str], page: Any) -> None:
    address, _ = server
    page.goto(f"{address}/new")
    page.click("button.primary")
    page.wait_for_selector("[data-capture]:not([hidden])")
    home = page.url.split("?")[0]
    page.context.route("**/uploads**", lambda route: route.abort("connectionreset"))
    page.set_input_files("[data-take=left]", SAMPLES / "scratched-doors.jpg")
    page.wait_for_selector(".shot-state:has-text('connection broke')")
    page.context.unroute("**/uploads**")
    page.goto(home)
    page.wait_for_selector(".shot .shot-state:has-text('Arrived')")
    assert page.locator(".shot-name", has_text="left-1.jpg").count() == 1
    page.reload()
    page.wait_for_selector("[data-view=left][data-done]")
    assert page.locator(".shot").count() == 1


def changed(how: str) -> dict[str, Any]:
    """A photo that was made bad, as a file to choose."""
    with Image.open(SAMPLES / "front-bumper.jpg") as photo:
        made = {
            "good": photo,
            "dark": photo.point(lambda value: value // 12),
            "bright": photo.point(lambda value: min(255, 150 + 2 * value)),
            "blurred": photo.filter(ImageFilter.GaussianBlur(photo.width * 0.008)),
            "small": photo.resize((200, 150)),
            "fogged": Image.blend(photo, Image.new("RGB", photo.size, "#a0a0a0"), 0.95),
        }[how]
        file = io.BytesIO()
        made.save(file, "JPEG", quality=92)
    return {"name": f"{how}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


@pytest.mark.parametrize("how", ["good", "dark", "bright", "blurred", "small", "fogged"])
def test_the_browser_says_of_a_photo_what_the_service_says(server: tuple[str, str], page: Any, how: str) -> None:
    address, _ = server
    page.goto(f"{address}/new")
    page.click("button.primary")
    page.wait_for_selector("[data-capture]:not([hidden])")
    file = changed(how)
    read = read_photo(file["buffer"])
    english = {value: key for key, value in strings("en").some("customer.advice").items()}
    service = [english[one] for one in advice_in(strings("en"), measure_quality(read.pixels, read.size).reasons)]
    page.context.set_offline(True)  # so that only the browser speaks
    page.set_input_files("[data-choose]", file)
    page.wait_for_selector(".shot-state:has-text('No network')")
    browser = [english[one] for one in page.locator(".shot .advice li").all_inner_texts()]
    assert browser == service
    assert bool(service) == (how != "good")
