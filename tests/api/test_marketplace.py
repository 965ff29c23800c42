import csv
import io
import time
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from coachwork.cases.access import Scope
from coachwork.cases.comparison import ComparisonState
from coachwork.casework.service import Service
from coachwork.storage.comparison_store import ComparisonStore

BEFORE, AFTER = ("front-bumper.jpg",), ("front-bumper.jpg", "crushed-door.jpg")
CAR = {"make": "Volkswagen", "model": "Golf", "year": 2019, "market_value": "9500", "currency": "USD"}


def photo(name: str) -> bytes:
    return (resources.files("coachwork") / "samples" / name).read_bytes()


def opened(client: TestClient, names: tuple[str, ...], **facts: Any) -> str:
    """An inspection with photos that nobody looked at."""
    told = {"purpose": "rental", "reference": "contract 12", "vehicle": CAR} | facts
    case = str(client.post("/v1/inspections", json=told).json()["id"])
    for name in names:
        assert client.post(f"/v1/inspections/{case}/photos", files={"photo": (name, photo(name))}).status_code == 201
    return case


def complete(client: TestClient, case: str) -> None:
    assert client.post(f"/v1/inspections/{case}/complete").status_code == 202


def waited(client: TestClient, path: str, *states: str) -> Mapping[str, Any]:
    until = time.monotonic() + 180
    while (told := client.get(path).json())["state"] not in states:
        assert time.monotonic() < until, told
        time.sleep(0.2)
    return dict(told)


@pytest.fixture(scope="module")
def pair(running: TestClient, key: str) -> tuple[str, str]:
    """Check-out and check-in, looked at."""
    running.headers["Authorization"] = f"Bearer {key}"
    cases = opened(running, BEFORE), opened(running, AFTER)
    for case in cases:
        complete(running, case)
    for case in cases:
        assert waited(running, f"/v1/inspections/{case}", "ready", "failed")["state"] == "ready"
    return cases


def test_a_valuation_has_an_etag_and_takes_terms(client: TestClient, pair: tuple[str, str]) -> None:
    path = f"/v1/inspections/{pair[1]}/valuation"
    answer = client.get(path)
    told = answer.json()
    assert answer.status_code == 200
    assert (told["schema"], told["scheme"]["name"]) == ("coachwork.valuation/1", "nama")
    assert told["proof"]["proven"] is False
    assert told["proof"]["unseen"]
    tag = answer.headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    other = client.get(path, params={"scheme": "bvrla", "charges": "uk-typical"})
    assert other.headers["etag"] != tag
    assert other.json()["scheme"]["name"] == "bvrla"
    assert other.json()["return_charges"]["list"]["name"] == "uk-typical"


@pytest.mark.parametrize("terms", [{"scheme": "nobody"}, {"policy": "x"}, {"method": "x"}, {"charges": "x"}])
def test_terms_that_are_none_are_refused(client: TestClient, pair: tuple[str, str], terms: dict[str, str]) -> None:
    answer = client.get(f"/v1/inspections/{pair[1]}/valuation", params=terms)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:coachwork:problem:terms-refused")


def test_a_tenants_own_tables_can_be_chosen_by_that_tenant_alone(
    client: TestClient, service: Service, pair: tuple[str, str], stranger: str
) -> None:
    own = service.settings.data_dir / "tables" / "default" / "charges"
    own.mkdir(parents=True)
    shipped = resources.files("coachwork.valuation") / "charges" / "uk-typical.toml"
    text = shipped.read_text().replace('name = "uk-typical"', 'name = "ours"')
    (own / "ours.toml").write_text(text)
    (own / "broken.toml").write_text("[charges]\nname = 3\n")
    path = f"/v1/inspections/{pair[1]}/valuation"
    assert client.get(path, params={"charges": "ours"}).json()["return_charges"]["list"]["name"] == "ours"
    broken = client.get(path, params={"charges": "broken"})
    assert broken.status_code == 422
    assert "broken.toml" in broken.json()["detail"]
    tenant = service.keys.caller(stranger).tenant
    assert "ours" not in service.market.valuer.tables.choices(tenant).charges
    assert "ours" in service.market.valuer.tables.choices(service.keys.tenant("default")).charges


def test_the_report_with_the_valuation_is_a_pdf(client: TestClient, pair: tuple[str, str]) -> None:
    answer = client.get(f"/v1/inspections/{pair[1]}/valuation.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"%PDF")


def test_without_results_there_is_no_valuation(client: TestClient) -> None:
    case = opened(client, BEFORE)
    assert client.get(f"/v1/inspections/{case}/valuation").status_code == 409


def test_a_comparison_says_what_is_new_and_what_it_costs(client: TestClient, pair: tuple[str, str]) -> None:
    body = {"before": pair[0], "after": pair[1], "charges": "uk-typical"}
    asked = client.post("/v1/comparisons", json=body, headers={"Idempotency-Key": "k"})
    again = client.post("/v1/comparisons", json=body, headers={"Idempotency-Key": "k"})
    assert asked.status_code == again.status_code == 201
    assert asked.json()["id"] == again.json()["id"]
    assert asked.json()["reference"] == "contract 12"
    other = client.post("/v1/comparisons", json=body | {"reference": "x"}, headers={"Idempotency-Key": "k"})
    assert other.json()["type"] == "urn:coachwork:problem:idempotency-key-reused"
    told = waited(client, asked.headers["location"], "ready", "failed")
    assert told["state"] == "ready", told["problem"]
    assert told["changes"]["schema"] == "coachwork.changes/1"
    assert sum(told["counts"].values()) == len(told["standing"]) == len(told["changes"]["changes"])
    assert told["charges"]["list"]["name"] == "uk-typical"
    assert told["stale"] is False
    path = asked.headers["location"]
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert any("photos" in warning for warning in told["changes"]["warnings"]), "the same photo in both is warned of"


def test_people_correct_a_comparison_and_it_stands_in_the_record(client: TestClient, pair: tuple[str, str]) -> None:
    body = {"before": pair[0], "after": pair[1], "charges": "uk-typical"}
    path = client.post("/v1/comparisons", json=body).headers["location"]
    told = waited(client, path, "ready")
    lone = next(one for one in told["standing"] if one["after"] and one["state"] != "new")
    mark = {"revision": 0, "kind": "not_same", "before": lone["before"], "after": lone["after"], "reason": "looked"}
    marked = client.post(f"{path}/marks", json=mark)
    assert marked.status_code == 201, marked.text
    own = [one for one in marked.json()["standing"] if one["stated_by"]]
    assert {one["state"] for one in own} <= {"new", "gone"}
    assert {one["why"] for one in own} == {"looked"}
    assert marked.json()["revision"] == 1
    assert client.post(f"{path}/marks", json=mark).status_code == 412
    number = client.get(f"{path}/marks").json()[0]["number"]
    undo = {"revision": 1, "kind": "undo", "undoes": number, "reason": "erred"}
    undone = client.post(f"{path}/marks", json=undo).json()
    assert undone["standing"] == told["standing"]
    assert [one["counts"] for one in client.get(f"{path}/marks").json()] == [False, False]
    kinds = [one["kind"] for one in client.get(f"/v1/inspections/{pair[1]}/events").json()]
    assert kinds.count("comparison.corrected") == 2
    assert "comparison.ready" in kinds


def test_a_comparison_waits_for_the_inspections_and_tells_when_they_moved_on(client: TestClient) -> None:
    first, second = opened(client, BEFORE), opened(client, AFTER)
    asked = client.post("/v1/comparisons", json={"before": first, "after": second}).json()
    path = f"/v1/comparisons/{asked['id']}"
    assert asked["state"] == "waiting"
    for case in (first, second):
        complete(client, case)
    ready = waited(client, path, "ready", "failed")
    assert ready["state"] == "ready", ready["problem"]
    assert ready["charges"] is None
    client.post(f"/v1/inspections/{second}/photos", files={"photo": ("d.jpg", photo("rear-corner.jpg"))})
    complete(client, second)
    waited(client, f"/v1/inspections/{second}", "ready")
    assert client.get(path).json()["stale"] is True


def test_work_that_nobody_knows_of_is_taken_up_as_after_a_restore(
    client: TestClient, service: Service, pair: tuple[str, str]
) -> None:
    store = ComparisonStore(service.database, service.cases, enqueue=lambda *_: None)
    one = store.make(service.keys.tenant("default"), before=pair[0], after=pair[1], by="tests")
    assert one.state is ComparisonState.WORKING
    service.market.mend()
    service.market.mend()
    assert waited(client, f"/v1/comparisons/{one.id}", "ready", "failed")["state"] == "ready"
    events = service.cases.events(one.tenant, pair[1])
    kinds = [event.kind for event in events if event.detail.get("comparison") == one.id]
    assert kinds == ["comparison.asked", "comparison.ready"]


def test_one_inspection_cannot_be_compared_with_itself(client: TestClient, pair: tuple[str, str]) -> None:
    answer = client.post("/v1/comparisons", json={"before": pair[0], "after": pair[0]})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:coachwork:problem:refused")


def test_another_tenant_sees_nothing_of_it(client: TestClient, pair: tuple[str, str], stranger: str) -> None:
    made = client.post("/v1/comparisons", json={"before": pair[0], "after": pair[1]}).json()
    lot = client.post("/v1/lots", json={"name": "ours alone"}).json()["id"]
    link = client.post(f"/v1/inspections/{pair[1]}/report-links").json()["id"]
    client.headers["Authorization"] = f"Bearer {stranger}"
    strange = opened(client, ())
    gets = [
        f"/v1/comparisons/{made['id']}",
        f"/v1/comparisons/{made['id']}/marks",
        f"/v1/inspections/{pair[1]}/valuation",
        f"/v1/inspections/{pair[1]}/valuation.pdf",
        f"/v1/inspections/{pair[1]}/report-links",
        f"/v1/lots/{lot}/listings.csv",
    ]
    assert {path: client.get(path).status_code for path in gets} == dict.fromkeys(gets, 404)
    assert client.get("/v1/comparisons").json()["comparisons"] == []
    assert client.get("/v1/lots").json() == []
    mark = {"revision": 0, "kind": "same", "before": [0], "after": [0], "reason": "x"}
    assert client.post(f"/v1/comparisons/{made['id']}/marks", json=mark).status_code == 404
    for before, after in ((pair[0], strange), (strange, pair[1])):
        assert client.post("/v1/comparisons", json={"before": before, "after": after}).status_code == 404
    assert client.put(f"/v1/lots/{lot}/inspections/{strange}").status_code == 404
    assert client.delete(f"/v1/inspections/{pair[1]}/report-links/{link}").status_code == 404


def test_keys_need_their_scopes(client: TestClient, service: Service, pair: tuple[str, str]) -> None:
    reading = service.keys.make(service.keys.tenant("default"), "reads", (Scope.READ,))[1]
    client.headers["Authorization"] = f"Bearer {reading}"
    assert client.get(f"/v1/inspections/{pair[1]}/valuation").status_code == 200
    assert client.post("/v1/comparisons", json={"before": pair[0], "after": pair[1]}).status_code == 403
    assert client.post("/v1/lots", json={"name": "x"}).status_code == 403
    assert client.post(f"/v1/inspections/{pair[1]}/report-links").status_code == 403


def test_a_lot_is_a_table_that_no_cell_can_make_a_program_of(client: TestClient) -> None:
    lot = client.post("/v1/lots", json={"name": "auction 48"}).json()
    assert client.post("/v1/lots", json={"name": " auction  48 "}).json()["id"] == lot["id"]
    listing = opened(client, AFTER, purpose="listing", reference="=1+1", vehicle=CAR | {"make": "@x"})
    assert client.put(f"/v1/lots/{lot['id']}/inspections/{listing}").status_code == 204
    complete(client, listing)
    waited(client, f"/v1/inspections/{listing}", "ready")
    text = client.get(f"/v1/lots/{lot['id']}/listings.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 1
    assert (rows[0]["listing"], rows[0]["make"], rows[0]["lot"]) == ("'=1+1", "'@x", "auction 48")
    assert (rows[0]["verdict"], rows[0]["scheme"], rows[0]["condition_proven"]) == ("damaged", "nama", "no")
    assert rows[0]["deduction_likely"]


def test_links_are_told_once_and_withdrawn(client: TestClient, service: Service, pair: tuple[str, str]) -> None:
    path = f"/v1/inspections/{pair[1]}/report-links"
    made = client.post(path, json={"days": 3, "amounts": False}).json()
    token = made["url"].rsplit("/", 1)[1]
    assert service.market.links.find(token).case == pair[1]
    listed = next(one for one in client.get(path).json() if one["id"] == made["id"])
    assert (listed["url"], listed["withdrawn"], listed["amounts"]) == (None, None, False)
    stored = service.settings.data_dir / "coachwork.db"
    assert token.encode() not in b"".join(one.read_bytes() for one in Path(stored.parent).glob("coachwork.db*"))
    assert client.delete(f"{path}/{made['id']}").status_code == 204
    assert client.delete(f"{path}/{made['id']}").status_code == 204
    assert client.post(path, json={"days": 4000}).status_code == 422
