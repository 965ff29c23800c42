"""Messages between desk and customer, from either side, and what the queue says of them."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.access import Scope
from coachwork.cases.case import Case, DecisionKind
from coachwork.cases.messages import Sender
from coachwork.casework.service import Service
from coachwork.inspections.views import PhotoView
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from tests.web.conftest import PAGE
from tests.web.test_workbench import HOSTILE, Worker
from tests.web.workbench_cases import person, ready_case


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Service:
    made = Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("desk"))}))
    person(made, "anna")
    person(made, "eve", tenant="other")
    return made


@pytest.fixture(scope="module")
def app(desk: Service) -> Iterator[TestClient]:
    with TestClient(create_app(desk, works=False)) as client:
        yield client


@pytest.fixture(scope="module")
def anna(app: TestClient) -> Worker:
    return Worker(app, "anna")


@pytest.fixture
def case(desk: Service) -> Case:
    return ready_case(desk)


@pytest.fixture
def customer(app: TestClient) -> TestClient:
    return TestClient(app.app, headers=PAGE, follow_redirects=False)


def link(anna: Worker, case: Case) -> str:
    """The address of a private link, as the desk makes it."""
    found = re.search(r"http://testserver(/c/[\w-]+)", anna.send(case, "link").text)
    assert found is not None
    return found[1]


def test_both_sides_write_and_the_queue_tells_what_is_new(
    desk: Service, anna: Worker, case: Case, customer: TestClient
) -> None:
    home = link(anna, case)
    assert home not in anna.page(case)
    sent = anna.send(case, "messages", text=HOSTILE, view_rear="1", key="k1")
    assert sent.status_code == 303
    anna.send(case, "messages", text=HOSTILE, view_rear="1", key="k1")
    seen = customer.get(home).text
    assert seen.count("&lt;script&gt;alert(1)") == 1
    assert "anna" not in seen
    assert "We ask for photos of: " in seen
    assert customer.post(f"{home}/messages", data={"text": "it is\nmine", "key": "c"}).status_code == 303
    assert customer.post(f"{home}/messages", data={"text": "it is\nmine", "key": "c"}).status_code == 303
    assert customer.post(f"{home}/messages", data={"text": " "}).status_code == 422
    queue = anna.browser.get(f"/workbench?unread=1&q={case.id}").text
    assert "1 new message" in queue
    page = anna.page(case)
    assert "it is\nmine" in page
    (upto,) = set(re.findall(r'name="upto" value="(\d+)"', page))
    assert anna.send(case, "messages/read", upto=upto).status_code == 303
    assert case.id not in anna.browser.get(f"/workbench?unread=1&q={case.id}").text.partition("<ol")[2]
    assert desk.messages.thread(case.tenant, case.id).unread == ()


def test_asking_for_photos_goes_through_the_thread(
    desk: Service, anna: Worker, case: Case, customer: TestClient
) -> None:
    home = link(anna, case)
    fields = {"kind": DecisionKind.MORE_PHOTOS.value, "reason": "too far away", "view_rear": "1", "view_close_up": "1"}
    assert anna.send(case, "decisions", **fields).status_code == 303
    (told,) = desk.messages.thread(case.tenant, case.id).messages
    assert (told.text, told.views) == ("too far away", (PhotoView.REAR, PhotoView.CLOSE_UP))
    page = customer.get(f"{home}/photos").text
    assert "data-asked" in page
    assert '"wanted": ["rear", "close_up"]' in page
    refused = anna.send(case, "decisions", **(fields | {"reason": " "}))
    assert refused.status_code == 422
    assert len(desk.messages.thread(case.tenant, case.id).messages) == 1


def test_what_is_refused_stays_on_the_page(anna: Worker, case: Case) -> None:
    answer = anna.send(case, "messages", text=" ")
    assert answer.status_code == 422
    assert "write something" in answer.text
    eve = Worker(anna.browser, "eve")
    for what in ("messages", "messages/read", "link"):
        assert eve.send(case, what, text="hello", upto="1").status_code == 404
        assert anna.browser.post(f"/workbench/cases/{case.id}/{what}", data={"text": "x"}).status_code == 403


def test_programs_write_and_read_as_well(desk: Service, app: TestClient, case: Case) -> None:
    own = {"Authorization": f"Bearer {desk.keys.make(case.tenant, 'portal', (Scope.READ, Scope.WRITE))[1]}"}
    reads = {"Authorization": f"Bearer {desk.keys.make(case.tenant, 'eyes', (Scope.READ,))[1]}"}
    strange = desk.keys.make(desk.keys.tenant("other"), "strange", (Scope.READ, Scope.WRITE))[1]
    path = f"/v1/inspections/{case.id}/messages"
    body = {"text": "please", "views": ["rear"]}
    first = app.post(path, json=body, headers=own | {"Idempotency-Key": "1"})
    assert first.status_code == 201, first.text
    assert app.post(path, json=body, headers=own | {"Idempotency-Key": "1"}).json() == first.json()
    desk.messages.customer_writes(case.tenant, case.id, "here you are")
    (sent, answered) = app.get(path, headers=reads).json()
    assert (sent["sender"], sent["by"], sent["views"], sent["unread"]) == ("desk", "key portal", ["rear"], False)
    assert (answered["sender"], answered["unread"]) == (Sender.CUSTOMER, True)
    assert app.post(path, json=body, headers=reads).status_code == 403
    assert app.post(path, json={}, headers=own).status_code == 422
    assert app.get(path, headers={"Authorization": f"Bearer {strange}"}).status_code == 404


def test_views_of_the_queue_are_kept_and_begun_with(desk: Service, app: TestClient, anna: Worker) -> None:
    form = {"csrf": anna.csrf, "name": "Hail <b>", "state": "ready", "q": "hail", "default": "1", "other": "x"}
    answer = anna.browser.post("/workbench/views", data=form)
    assert answer.headers["location"] == "/workbench?state=ready&q=hail"
    begun = anna.browser.get("/workbench")
    assert (begun.status_code, begun.headers["location"]) == (303, "/workbench?state=ready&q=hail")
    page = anna.browser.get("/workbench?state=ready&q=hail").text
    assert "Hail &lt;b&gt;" in page
    assert anna.browser.get("/workbench?all=1").status_code == 200
    (kept,) = desk.queue_views.views(desk.people.person("anna"))
    eve = Worker(app, "eve")
    assert eve.browser.post(f"/workbench/views/{kept.id}", data={"csrf": eve.csrf, "deed": "remove"}).status_code == 422
    for deed in ("no-default", "default", "remove"):
        done = anna.browser.post(f"/workbench/views/{kept.id}", data={"csrf": anna.csrf, "deed": deed})
        assert done.status_code == 303
    assert anna.browser.get("/workbench").status_code == 200
    assert anna.browser.post("/workbench/views", data={"name": "x"}).status_code == 403
    assert anna.browser.post("/workbench/views", data={"csrf": anna.csrf, "name": " "}).status_code == 422
