"""A seller's and a rental firm's whole way in a real browser: photos dropped, reports shared, a car compared."""

import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import httpx2
import pytest

from coachwork.cases.people import Role
from coachwork.settings import read_settings
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.people_store import PeopleStore
from tests.web.workbench_cases import PASSWORD

SAMPLES = Path(str(resources.files("coachwork"))) / "samples"
CHROMIUM = shutil.which("chromium")
NARROWEST = 320

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's Chromium is not installed: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service in a process of its own, at which anna may sign in."""
    told = {"COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("served"))}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = Database(read_settings(told).database_url)
    database.migrate()
    people = PeopleStore(database)
    people.redeem(people.add(KeyStore(database).tenant("default"), "anna", Role.SUPERVISOR)[1], PASSWORD)
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
        yield address
        run.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(server: str, browser: Any) -> Iterator[Any]:
    """A page of somebody who is signed in; whatever the console complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", base_url=server)
    context.set_default_timeout(90_000)
    opened, complaints = context.new_page(), []
    opened.on("console", lambda told: complaints.append(told.text) if told.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda told: complaints.append(str(told)))
    opened.goto("/workbench")
    opened.fill("#login", "anna")
    opened.fill("#password", PASSWORD)
    opened.click("button.primary")
    opened.wait_for_url("**/workbench")
    yield opened
    assert complaints == []
    context.close()


def fits(page: Any) -> None:
    """Nothing is cut off at the side, down to the narrowest screens."""
    size = page.viewport_size
    page.set_viewport_size({"width": NARROWEST, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, page.url
    page.set_viewport_size(size)


@pytest.fixture
def lot(tmp_path: Path) -> Path:
    """A folder with photos of one car, a ZIP file with those of another, and a table."""
    first = tmp_path / "lot" / "4711"
    first.mkdir(parents=True)
    for name in ("crushed-door.jpg", "scratched-doors.jpg"):
        shutil.copy(SAMPLES / name, first / name)
    with zipfile.ZipFile(tmp_path / "more.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(SAMPLES / "undamaged-side.jpg", "4712/1.jpg")
        packed.write(SAMPLES / "front-bumper.jpg", "4712/2.jpg")
        packed.writestr("__MACOSX/4712/._1.jpg", b"x")
    table = "listing,make,model,year,market_value,currency\n4711,Volkswagen,Golf,2019,9500,USD\n4712,Audi,A3,20,,\n"
    (tmp_path / "cars.csv").write_text(table)
    return tmp_path


def test_two_listings_are_dropped_assessed_and_shared(page: Any, browser: Any, lot: Path) -> None:
    page.goto("/workbench/listings/add")
    page.fill("#lot", "auction 48")
    page.set_input_files("[data-drop] input[webkitdirectory]", str(lot / "lot"))
    page.set_input_files("[data-drop] input[accept]", [str(lot / "more.zip"), str(lot / "cars.csv")])
    page.wait_for_selector(".new-listing:nth-child(2)")
    page.wait_for_selector("text=Table, line 3: year must be a year")
    assert "Volkswagen Golf 2019" in page.inner_text(".new-listing:nth-child(1)")
    fits(page)
    page.click("[data-start]")
    page.wait_for_selector("[data-done]:not([hidden])")
    assert "All listings are handed over" in page.inner_text("[data-status]")
    home = page.get_attribute(".new-listing:nth-child(1) a", "href")
    page.goto(home)
    page.wait_for_selector(".outcome")
    assert "Damaged" in page.inner_text(".outcome")
    assert page.locator(".gallery img").count() == 2
    fits(page)
    page.click("button:has-text('Make a link')")
    link = page.get_attribute(".link-made a", "href")
    fits(page)
    shared(browser, link)
    page.goto(home)
    page.click("button:has-text('Withdraw')")
    page.wait_for_selector(".shared-links .tag:has-text('withdrawn')")
    assert httpx2.get(link).status_code == 404
    page.goto("/workbench/listings")
    assert page.locator(".listings li").count() == 2
    fits(page)


def shared(browser: Any, link: str) -> None:
    """Whoever never signed in reads the report on a small dark screen, in German."""
    context = browser.new_context(viewport={"width": NARROWEST, "height": 700}, locale="de-DE", color_scheme="dark")
    reader, complaints = context.new_page(), []
    reader.on("console", lambda told: complaints.append(told.text) if told.type in {"error", "warning"} else None)
    answer = reader.goto(link)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store, private"
    assert "Volkswagen Golf 2019" in reader.inner_text("h1")
    assert "Abzug vom Preis" in reader.inner_text(".outcome")
    assert reader.evaluate("document.documentElement.scrollWidth") <= NARROWEST
    reader.locator(".gallery img").first.scroll_into_view_if_needed()
    reader.wait_for_load_state("networkidle")
    assert reader.locator(".gallery img").first.evaluate("one => one.naturalWidth") > 300
    assert context.cookies() == []
    assert complaints == []
    context.close()


def test_a_check_out_and_a_check_in_are_compared_and_corrected(page: Any) -> None:
    page.goto("/workbench/rentals/add")
    page.fill("#reference", "R-2026-17")
    page.fill("#make", "Volkswagen")
    page.select_option("#charges", "uk-typical")
    page.set_input_files("[data-drop=before] input", [str(SAMPLES / "undamaged-door.jpg")])
    page.set_input_files("[data-drop=after] input", [str(SAMPLES / "crushed-door.jpg")])
    fits(page)
    page.click("[data-start]")
    page.wait_for_url("**/workbench/rentals/comparison_*")
    page.wait_for_selector(".counts")
    assert page.locator(".change").count() >= 1
    fits(page)
    first = page.locator(".change").first
    first.locator("summary").click()
    partner = first.locator("select")
    assert partner.count() == 0, "there is nothing before that it could be"
    page.goto("/workbench/rentals")
    assert "R-2026-17" in page.inner_text(".listings")
    fits(page)
