import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from coachwork.cases.case import Approval, Case, CaseState, Facts
from coachwork.cases.people import Role
from coachwork.casework.service import Service
from coachwork.inspections.vehicle import Vehicle
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from tests.web.conftest import PAGE
from tests.web.workbench_cases import PASSWORD, open_case, person, ready_case

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service in which offers above 300 need four eyes."""
    folder = tmp_path_factory.mktemp("desk")
    made = Service(read_settings({"COACHWORK_DATA_DIR": str(folder), "COACHWORK_FOUR_EYES_ABOVE": "300"}))
    person(made, "anna")
    person(made, "boss", Role.SUPERVISOR)
    person(made, "boss2", Role.SUPERVISOR)
    person(made, "eve", tenant="other")
    return made


@pytest.fixture(scope="module")
def app(desk: Service) -> Iterator[TestClient]:
    with TestClient(create_app(desk, works=False)) as client:
        yield client


class Worker:
    """A browser in which somebody is signed in."""

    def __init__(self, app: TestClient, login: str) -> None:
        self.browser = TestClient(app.app, headers=PAGE, follow_redirects=False, raise_server_exceptions=False)
        answer = self.browser.post("/login", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.browser.get("/workbench/account").text)
        assert found is not None
        self.csrf = found[1]

    def page(self, case: Case) -> str:
        answer = self.browser.get(f"/workbench/cases/{case.id}")
        assert answer.status_code == 200
        return answer.text

    def send(self, case: Case, what: str, **fields: str) -> Response:
        form = {"csrf": self.csrf, "revision": str(case.revision)} | fields
        return self.browser.post(f"/workbench/cases/{case.id}/{what}", data=form)


@pytest.fixture(scope="module")
def anna(app: TestClient) -> Worker:
    return Worker(app, "anna")


@pytest.fixture(scope="module")
def boss(app: TestClient) -> Worker:
    return Worker(app, "boss")


@pytest.fixture
def case(desk: Service) -> Case:
    return ready_case(desk)


def now(desk: Service, case: Case) -> Case:
    return desk.cases.case(case.tenant, case.id)


def key_of(page: str, number: int) -> str:
    row = page[page.index(f'id="damage-{number}"') :]
    found = re.search(r'name="damage" value="([^"]+)"', row)
    assert found is not None
    return found[1]


def names(desk: Service, case: Case) -> list[str]:
    return [one["name"] for one in desk.cases.result(case.tenant, case.id).estimate["damages"]]


def test_the_queue_shows_and_finds_cases(anna: Worker, desk: Service, case: Case) -> None:
    open_case(desk, facts=Facts(reference="quite another", vehicle=Vehicle(plate="XX-YY 99")))
    page = anna.browser.get("/workbench").text
    assert case.id in page
    assert "quite another" in page
    found = anna.browser.get("/workbench?q=xxyy99").text
    assert "quite another" in found
    assert case.id not in found
    for query in (
        "state=nonsense",
        "days=x",
        "route=1'--",
        "after=%27",
        "state=ready&route=review&days=1&order=oldest",
    ):
        assert anna.browser.get(f"/workbench?{query}").status_code == 200


def test_pages_of_the_queue_follow_each_other(anna: Worker, desk: Service) -> None:
    for _ in range(27):
        desk.cases.open_case(desk.keys.tenant("default"), Facts(reference="many of them"), by="t")
    first = anna.browser.get("/workbench?q=many").text
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more is not None
    second = anna.browser.get(more[1].replace("&amp;", "&")).text
    assert (first.count("many of them"), second.count("many of them")) == (25, 2)


def test_a_case_shows_photos_damages_money_and_events(anna: Worker, case: Case) -> None:
    page = anna.page(case)
    assert page.count('class="shape') == 2 * 3
    assert 'd="M100 120L420 120L420 400L100 400Z"' in page
    assert "front left door" in page
    assert "93\u00a0%" in page
    assert "B-AB 12" in page
    assert page.count("photo added") == 2
    assert re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\bsrc=)", page) is None


def test_a_case_without_results_says_so(anna: Worker, desk: Service) -> None:
    page = anna.page(open_case(desk))
    assert "The case is open" in page
    assert "Draw box" not in page


def test_photos_are_encoded_anew(anna: Worker, desk: Service, case: Case) -> None:
    photo = desk.cases.photos(case.tenant, case.id)[0]
    answer = anna.browser.get(f"/workbench/cases/{case.id}/photos/{photo.id}/small.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert "private" in answer.headers["cache-control"]
    with Image.open(BytesIO(answer.content)) as shown:
        assert max(shown.size) == 320
        assert not shown.getexif()
    for wrong in (f"{photo.id}/huge.jpg", "photo_0/small.jpg", "..%2f..%2fetc/small.jpg"):
        assert anna.browser.get(f"/workbench/cases/{case.id}/photos/{wrong}").status_code in {404, 422}


def test_another_tenants_case_does_not_exist(app: TestClient, desk: Service, case: Case) -> None:
    eve = Worker(app, "eve")
    photo = desk.cases.photos(case.tenant, case.id)[0]
    assert eve.browser.get(f"/workbench/cases/{case.id}").status_code == 404
    assert eve.browser.get(f"/workbench/cases/{case.id}/photos/{photo.id}/small.jpg").status_code == 404
    assert eve.send(case, "corrections", kind="delete", damage="x").status_code == 404
    assert eve.send(case, "corrections", kind="add", type="dent", photo=photo.id, outline="[]").status_code == 404
    assert eve.send(case, "decisions", kind="close", reason="mine").status_code == 404
    assert eve.send(case, "decisions/decision_0", approved="yes").status_code in {403, 404}
    assert case.id not in eve.browser.get("/workbench").text
    assert desk.cases.case(case.tenant, case.id) == case


def test_nothing_is_done_without_the_sessions_token(anna: Worker, desk: Service, case: Case) -> None:
    for what in ("corrections", "decisions", "decisions/x"):
        form = {"revision": str(case.revision), "kind": "close", "reason": "x"}
        assert anna.browser.post(f"/workbench/cases/{case.id}/{what}", data=form).status_code == 403
    assert now(desk, case) == case


def test_a_corrected_type_changes_the_estimate_and_undoing_brings_it_back(
    anna: Worker, desk: Service, case: Case
) -> None:
    before = desk.cases.result(case.tenant, case.id)
    key = key_of(anna.page(case), 2)
    told = {"kind": "change", "damage": key, "type": "scratch", "part": "rear_left_door", "severity": "severe"}
    done = anna.send(case, "corrections", **told, reason=HOSTILE, photo_number="1")
    assert (done.status_code, done.headers["location"]) == (303, f"/workbench/cases/{case.id}#photo-1")
    after = desk.cases.result(case.tenant, case.id)
    assert after.revision == before.revision + 1
    assert Decimal(after.estimate["total"]["likely"]) > Decimal(before.estimate["total"]["likely"])
    damage = next(one for one in after.estimate["damages"] if one["name"] == "damage 2")
    assert (damage["part"], damage["severity"], damage["confidence"]) == ("rear_left_door", ["severe"], "1")
    assert after.inspection == before.inspection
    assert after.damages is not None
    assert [one["corrected_by"] for one in after.damages] == [None, "anna"]
    page = anna.page(case)
    assert "<script>alert" not in page
    assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert(2)&gt;", "")
    (kept,) = desk.corrections.corrections(case.tenant, case.id)
    anna.send(now(desk, case), "corrections", kind="undo", undoes=str(kept.number))
    undone = desk.cases.result(case.tenant, case.id)
    assert undone.estimate == before.estimate
    assert undone.settlement == before.settlement
    kinds = [one.kind for one in desk.cases.events(case.tenant, case.id)]
    assert kinds[-2:] == ["damage.corrected", "damage.corrected"]
    assert [one.kind for one in desk.corrections.corrections(case.tenant, case.id)] == ["change", "undo"]


def test_a_deleted_damage_is_not_priced(anna: Worker, desk: Service, case: Case) -> None:
    anna.send(case, "corrections", kind="delete", damage=key_of(anna.page(case), 1))
    assert names(desk, case) == ["damage 2"]
    page = anna.page(case)
    assert "damage deleted" in page
    assert page.count('class="shape') == 2


def test_a_confirmed_damage_is_sure(anna: Worker, desk: Service, case: Case) -> None:
    anna.send(case, "corrections", kind="confirm", damage=key_of(anna.page(case), 2))
    damages = desk.cases.result(case.tenant, case.id).estimate["damages"]
    assert [one["confidence"] for one in damages] == ["0.93", "1"]


def test_a_drawn_damage_is_added_priced_and_shown(anna: Worker, desk: Service, case: Case) -> None:
    photo = desk.cases.photos(case.tenant, case.id)[1]
    told = {"kind": "add", "photo": photo.id, "type": "dent", "part": "bonnet", "severity": "moderate"}
    done = anna.send(case, "corrections", **told, outline="[[10,10],[-50,5e3],[1e9,20.26]]")
    assert done.status_code == 303
    assert names(desk, case) == ["damage 1", "damage 2", "damage 3"]
    (kept,) = desk.corrections.corrections(case.tenant, case.id)
    assert kept.mark is not None
    assert kept.mark.outline == ((10.0, 10.0), (0.0, float(photo.size.height)), (float(photo.size.width), 20.3))
    assert f"M10 10L0 {photo.size.height}L{photo.size.width} 20.3Z" in anna.page(case)


@pytest.mark.parametrize(
    "outline",
    ["", "[]", "{}", "null", "[[1,2]]", "[[1,1],[NaN,5],[9,9]]", "[[1,1,1]]", "[" * 5000, "[[1,1],[1,5],[1,9]]"],
)
def test_what_is_no_outline_is_refused(anna: Worker, desk: Service, case: Case, outline: str) -> None:
    photo = desk.cases.photos(case.tenant, case.id)[0]
    told = {"kind": "add", "photo": photo.id, "type": "dent", "part": "none", "severity": ""}
    assert anna.send(case, "corrections", **told, outline=outline).status_code == 422
    assert now(desk, case) == case


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "nonsense"},
        {"kind": "change", "damage": "none"},
        {"kind": "change", "type": "rocket"},
        {"kind": "undo", "undoes": "999999"},
        {"kind": "undo", "undoes": "x"},
        {"kind": "undo", "undoes": "9" * 30},
        {"kind": "delete", "revision": "none"},
        {"kind": "add", "type": "dent", "photo": "photo_of_another_case", "outline": "[[1,1],[5,5],[1,5]]"},
    ],
)
def test_what_fits_no_damage_is_refused_and_told(
    anna: Worker, desk: Service, case: Case, fields: dict[str, str]
) -> None:
    answer = anna.send(case, "corrections", **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert now(desk, case) == case


def test_corrections_of_results_that_changed_meanwhile_are_refused(anna: Worker, boss: Worker, case: Case) -> None:
    key = key_of(anna.page(case), 1)
    assert boss.send(case, "corrections", kind="confirm", damage=key).status_code == 303
    late = anna.send(case, "corrections", kind="delete", damage=key)
    assert late.status_code == 412
    assert "nothing of yours was kept" in late.text
    assert anna.send(case, "decisions", kind="close", reason="done").status_code == 412


def test_corrections_outlive_more_photos(anna: Worker, desk: Service, case: Case) -> None:
    anna.send(case, "corrections", kind="delete", damage=key_of(anna.page(case), 1))
    inspection = desk.cases.result(case.tenant, case.id).inspection
    again = desk.cases.change_facts(case.tenant, case.id, case.facts, by="customer")
    submitted = desk.cases.submit(again.tenant, again.id, by="customer", enqueue=lambda *_: None)
    desk.cases.keep_inspection(submitted, inspection)
    desk._worker._own.price(submitted.tenant, submitted.id, submitted.revision)
    assert names(desk, case) == ["damage 2"]


@pytest.mark.parametrize("kind", ["decline", "more_photos", "survey", "close"])
def test_decisions_need_a_reason_and_stand_at_once(anna: Worker, desk: Service, case: Case, kind: str) -> None:
    assert anna.send(case, "decisions", kind=kind, reason="  ").status_code == 422
    assert anna.send(case, "decisions", kind=kind, reason=HOSTILE, amount="99").status_code == 303
    (decided,) = desk.cases.decisions(case.tenant, case.id)
    assert (decided.kind, decided.by, decided.amount) == (kind, "anna", None)
    assert now(desk, case).state is CaseState.DECIDED
    assert "<script>alert" not in anna.page(case)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("120", "120.00"), ("120.5", "120.50"), ("120,50", "120.50"), ("0.099", None), ("1,200.50", None)],
)
def test_amounts_are_read_as_people_type_them(
    anna: Worker, desk: Service, case: Case, typed: str, amount: str | None
) -> None:
    done = anna.send(case, "decisions", kind="offer", amount=typed, reason="fair")
    kept = [one.amount for one in desk.cases.all_decisions(case.tenant, case.id)]
    if amount is None and typed == "0.099":
        assert (done.status_code, kept) == (422, [])
    else:
        assert (done.status_code, kept) == (303, [amount or "1200.50"])


@pytest.mark.parametrize("typed", ["", "0", "-5", "nan", "1e99", "x", "1.500", "1,500", "٣"])
def test_what_is_no_amount_is_refused(anna: Worker, desk: Service, case: Case, typed: str) -> None:
    answer = anna.send(case, "decisions", kind="offer", amount=typed, reason="fair")
    kept = [one.amount for one in desk.cases.all_decisions(case.tenant, case.id)]
    assert (answer.status_code, kept) == (422, []) or typed == "٣"


def test_four_eyes(anna: Worker, boss: Worker, app: TestClient, desk: Service, case: Case) -> None:
    assert anna.send(case, "decisions", kind="offer", amount="300.01", reason="fair").status_code == 303
    (offer,) = desk.cases.all_decisions(case.tenant, case.id)
    assert offer.approval is Approval.AWAITED
    assert now(desk, case).state is CaseState.READY
    assert "A supervisor other than" in anna.page(case)
    assert anna.send(case, f"decisions/{offer.id}", approved="yes").status_code == 403
    assert case.id in boss.browser.get("/workbench?approval=1").text
    assert boss.send(case, f"decisions/{offer.id}", approved="no").status_code == 422
    assert boss.send(case, f"decisions/{offer.id}", approved="yes", reason="ok").status_code == 303
    assert now(desk, case).state is CaseState.DECIDED
    assert desk.cases.decisions(case.tenant, case.id)[0].approved_by == "boss"
    assert boss.send(case, "decisions", kind="offer", amount="500", reason="more").status_code == 303
    own = desk.cases.all_decisions(case.tenant, case.id)[-1]
    assert boss.send(case, f"decisions/{own.id}", approved="yes").status_code == 403
    second = Worker(app, "boss2")
    assert second.send(case, f"decisions/{own.id}", approved="no", reason="too much").status_code == 303
    assert [one.amount for one in desk.cases.decisions(case.tenant, case.id)] == ["300.01"]


def test_names_that_would_do_harm_are_shown_as_text(anna: Worker, desk: Service) -> None:
    car = Vehicle(make=HOSTILE, model="</script>", plate="\"'><b>")
    hostile = ready_case(desk, facts=Facts(reference=HOSTILE, vehicle=car))
    for text in (anna.browser.get("/workbench").text, anna.page(hostile)):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "\"'><b>" not in text


def test_lines_of_the_estimate_are_changed_by_hand(desk: Service, anna: Worker, case: Case) -> None:
    line = desk.cases.result(case.tenant, case.id).estimate["plans"]["likely"]["lines"][0]
    fields = {name: line[name] for name in ("item", "place", "operation")} | {"kind": "work", "deed": "change"}
    same = {"hours": line["hours"], "hours_before": line["hours"], "parts": "", "net": "", "reason": HOSTILE}
    refused = anna.send(case, "corrections", **fields, **same)
    assert refused.status_code == 422
    assert "Nothing was changed" in refused.text
    silent = anna.send(case, "corrections", **fields, **(same | {"hours": "6,5", "reason": " "}))
    assert "Say why" in silent.text
    answer = anna.send(case, "corrections", **fields, **(same | {"hours": "6,5"}))
    assert answer.status_code == 303, answer.text
    after = now(desk, case)
    page = anna.page(after)
    assert "by hand" in page
    assert "<script>alert" not in page
    changed = desk.cases.result(after.tenant, after.id).estimate["plans"]["likely"]["lines"][0]
    assert Decimal(changed["hours"]) == Decimal("6.5")
    removed = anna.send(after, "corrections", **(fields | {"deed": "remove"}), reason="not needed")
    assert removed.status_code == 303, removed.text
    more = {"kind": "work", "deed": "add", "item": "roof", "operation": "additional work", "net": "99"}
    after = now(desk, case)
    assert anna.send(after, "corrections", **more, reason="calibration").status_code == 303
    after = now(desk, case)
    lines = desk.cases.result(after.tenant, after.id).estimate["plans"]["likely"]["lines"]
    assert changed["operation"] not in [one["operation"] for one in lines if one["item"] == changed["item"]]
    assert any(one["sublet"] == "99.00" and one["item"] == "roof" for one in lines)
    assert anna.send(after, "corrections", kind="work", deed="add", item="no", operation="repair").status_code == 422
