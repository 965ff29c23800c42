"""Corrections by programs: held to the same as those of the workbench."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from coachwork.cases.access import Scope
from coachwork.cases.case import Case
from coachwork.cases.people import Role
from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from tests.web.workbench_cases import person, ready_case

ALL = (Scope.READ, Scope.WRITE, Scope.CORRECT)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Service:
    made = Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("desk"))}))
    person(made, "anna")
    person(made, "gone")
    person(made, "boss", Role.ADMIN)
    person(made, "eve", tenant="other")
    made.people.disable("gone")
    return made


@pytest.fixture(scope="module")
def app(desk: Service) -> Iterator[TestClient]:
    with TestClient(create_app(desk, works=False)) as client:
        client.headers["Authorization"] = f"Bearer {key(desk, ALL)}"
        yield client


@pytest.fixture
def case(desk: Service) -> Case:
    return ready_case(desk)


def key(desk: Service, scopes: tuple[Scope, ...], tenant: str = "default") -> str:
    return desk.keys.make(desk.keys.tenant(tenant), "tests", scopes)[1]


def send(app: TestClient, case: Case, revision: int | None = None, **fields: Any) -> Response:
    body = {"person": "anna", "revision": case.revision if revision is None else revision} | fields
    return app.post(f"/v1/inspections/{case.id}/corrections", json=body)


def lines(app: TestClient, case: Case) -> list[dict[str, Any]]:
    found = app.get(f"/v1/inspections/{case.id}/result").json()
    assert found["estimate"]["plans"] == found["settlement"]["estimate"]["plans"]
    listed: list[dict[str, Any]] = found["estimate"]["plans"]["likely"]["lines"]
    return listed


def test_a_line_of_the_estimate_is_changed_and_undone(app: TestClient, case: Case) -> None:
    before = lines(app, case)
    first = before[0]
    work = {"deed": "change", "hours": "7.5"} | {name: first[name] for name in ("item", "place", "operation")}
    answer = send(app, case, kind="work", work=work, reason="the panel is thick")
    assert answer.status_code == 201, answer.text
    assert answer.json()["revision"] == case.revision + 1
    changed = lines(app, case)[0]
    assert Decimal(changed["hours"]) == Decimal("7.5")
    assert "by-hand" in changed["rules"]
    assert changed["why"].endswith("the panel is thick")
    told = app.get(f"/v1/inspections/{case.id}/corrections").json()
    (kept,) = told["corrections"]
    assert (kept["kind"], kept["by"], kept["counts"], kept["work"]["hours"]) == ("work", "anna", True, "7.5")
    (change,) = app.get(f"/v1/inspections/{case.id}/result").json()["estimate"]["changes"]
    assert (change["by"], change["reason"], change["number"]) == ("anna", "the panel is thick", kept["number"])
    undone = send(app, case, revision=case.revision + 1, kind="undo", undoes=kept["number"])
    assert undone.status_code == 201, undone.text
    assert lines(app, case) == before
    kinds = [event["kind"] for event in app.get(f"/v1/inspections/{case.id}/events").json()]
    assert kinds[-2:] == ["estimate.changed", "estimate.changed"]


def test_a_damage_is_corrected_and_reshaped_by_its_key(app: TestClient, case: Case) -> None:
    dent = app.get(f"/v1/inspections/{case.id}/corrections").json()["damages"][0]
    photo = app.get(f"/v1/inspections/{case.id}/photos").json()[1]
    outline = [[10, 10], [200, 10], [200, 1e6]]
    fields: dict[str, Any] = {"damage": dent["key"], "part": "roof", "photo": photo["sha256"], "outline": outline}
    assert send(app, case, kind="change", **fields).status_code == 201
    (first, second) = app.get(f"/v1/inspections/{case.id}/result").json()["damages"][0]["views"]
    assert "outline" not in first
    assert second["outline"] == [[10, 10], [200, 10], [200, photo["height"]]]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"person": "nobody"}, 422),
        ({"person": "eve"}, 422),
        ({"person": "gone"}, 422),
        ({"revision": 99}, 412),
        ({"kind": "confirm", "damage": "no such"}, 422),
        ({"kind": "work"}, 422),
        ({"kind": "work", "work": {"deed": "change", "item": "roof", "operation": "repair"}}, 422),
        ({"kind": "work", "work": {"deed": "add", "item": "roof", "operation": "repair", "hours": "-1"}}, 422),
        ({"kind": "add", "type": "rust", "outline": [[0, 0], [1, 1]]}, 422),
        ({"kind": "add", "type": "rust", "outline": [[0, 0], [1, 0], [1, 1]], "photo": "0" * 64}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    app: TestClient, case: Case, fields: dict[str, Any], status: int
) -> None:
    told: dict[str, Any] = {"kind": "undo", "undoes": 1} | fields
    answer = send(app, case, **told)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_keys_without_the_scope_and_other_tenants_get_nothing(app: TestClient, desk: Service, case: Case) -> None:
    weak = {"Authorization": f"Bearer {key(desk, (Scope.READ, Scope.WRITE, Scope.DECIDE))}"}
    strange = {"Authorization": f"Bearer {key(desk, ALL, tenant='other')}"}
    body = {"person": "anna", "kind": "undo", "undoes": 1, "revision": case.revision}
    path = f"/v1/inspections/{case.id}/corrections"
    assert app.post(path, json=body, headers=weak).status_code == 403
    assert app.post(path, json=body | {"person": "eve"}, headers=strange).status_code == 404
    assert app.get(path, headers=strange).status_code == 404
