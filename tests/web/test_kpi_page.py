import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.people import Role
from coachwork.casework.service import Service
from coachwork.kpis.catalogue import KPIS
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from coachwork.web.strings import entries
from tests.web.conftest import PAGE
from tests.web.kpi_cases import seed
from tests.web.workbench_cases import PASSWORD, person


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with some weeks of cases, and one of another tenant without any."""
    folder = tmp_path_factory.mktemp("kpis")
    made = Service(read_settings({"COACHWORK_DATA_DIR": str(folder)}))
    for login, role in (("anna", Role.HANDLER), ("boss", Role.SUPERVISOR), ("root", Role.ADMIN)):
        one = person(made, login, role)
    person(made, "other", Role.ADMIN, tenant="other")
    seed(made, one, count=24, days=20)
    with TestClient(create_app(made, works=False)) as client:
        yield client


def signed_in(app: TestClient, login: str, language: str = "en") -> TestClient:
    headers = PAGE | {"Accept-Language": language}
    browser = TestClient(app.app, headers=headers, follow_redirects=False, raise_server_exceptions=False)
    assert browser.post("/login", data={"login": login, "password": PASSWORD}).status_code == 303
    return browser


def test_whoever_is_not_signed_in_is_led_to_the_door(app: TestClient) -> None:
    answer = TestClient(app.app, headers=PAGE, follow_redirects=False).get("/workbench/kpis")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/workbench/kpis")


def test_handlers_see_neither_page_nor_table_nor_the_way_there(app: TestClient) -> None:
    anna = signed_in(app, "anna")
    assert [anna.get(f"/workbench/kpis{end}").status_code for end in ("", ".csv")] == [403, 403]
    assert "/workbench/kpis" not in anna.get("/workbench").text


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_kpi_has_its_card_in_the_readers_language(app: TestClient, language: str) -> None:
    page = signed_in(app, "boss", language).get("/workbench/kpis?months=3")
    assert page.status_code == 200
    words = entries(language)
    assert re.findall(r'<section class="kpi[^"]*" id="(\w+)"', page.text) == [kpi.name for kpi in KPIS]
    for kpi in KPIS:
        assert words[f"kpis.{kpi.name}.title"] in page.text.replace("&#39;", "'")
    assert "24" in page.text
    assert page.text.count('<svg class="months"') >= 5


def test_the_page_needs_no_inline_style_or_script(app: TestClient) -> None:
    page = signed_in(app, "boss").get("/workbench/kpis")
    assert "'unsafe" not in page.headers["content-security-policy"]
    assert re.search(r"<style|\sstyle=|\son\w+=|<script(?! type=\"module\" src)", page.text) is None


def test_the_table_is_that_of_the_tenant_and_the_months(app: TestClient) -> None:
    def cases(login: str) -> list[str]:
        answer = signed_in(app, login).get("/workbench/kpis.csv?months=3")
        assert answer.headers["content-disposition"] == 'attachment; filename="kpis.csv"'
        lines = list(csv.DictReader(io.StringIO(answer.text)))
        assert len({line["month"] for line in lines}) == 4
        return [line["value"] for line in lines if line["kpi"] == "inspections" and ".." in line["month"]]

    assert (cases("root"), cases("other")) == (["24"], ["0"])


def test_a_tenant_without_cases_is_told_so(app: TestClient) -> None:
    page = signed_in(app, "other").get("/workbench/kpis")
    assert page.status_code == 200
    assert "Not enough data" in page.text


def test_old_bookmarks_show_a_year(app: TestClient) -> None:
    assert signed_in(app, "boss").get("/workbench/kpis?months=7x").status_code == 200


def test_the_catalogue_says_what_the_definitions_say() -> None:
    words = entries("en")
    for kpi in KPIS:
        told = (words[f"kpis.{kpi.name}.{field}"] for field in ("title", "formula", "needs"))
        assert tuple(told) == (kpi.title, kpi.formula, kpi.needs)
        assert words.get(f"kpis.{kpi.name}.source", "") == kpi.source
        assert f"`{kpi.name}`" in Path("docs/kpis.md").read_text(encoding="utf-8")
