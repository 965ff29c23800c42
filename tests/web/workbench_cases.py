"""Cases with results for tests of the workbench: photos that ship, damages made up, priced as the service does."""

from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import Case, CasePhoto, Facts
from coachwork.cases.people import Person, Role
from coachwork.casework.pricing import priced_case
from coachwork.casework.service import Service
from coachwork.claims.claim_files import Cause, Loss
from coachwork.claims.fraud_json import findings_to_json
from coachwork.claims.fraud_signals import FraudFindings
from coachwork.inspections.vehicle import Vehicle

PASSWORD = "four words at random"  # noqa: S105
PHOTOS = ("crushed-door.jpg", "front-bumper.jpg")


def person(service: Service, login: str, role: Role = Role.HANDLER, *, tenant: str = "default") -> Person:
    """An account with a password."""
    _, token = service.people.add(service.keys.tenant(tenant), login, role)
    return service.people.redeem(token, PASSWORD)


def open_case(service: Service, *, tenant: str = "default", facts: Facts | None = None) -> Case:
    """A case with two photos that nobody looked at yet."""
    own = service.keys.tenant(tenant)
    told = facts or Facts(
        reference="claim 7",
        vehicle=Vehicle(make="Volkswagen", model="Golf", plate="B-AB 12"),
        loss=Loss(cause=Cause.PARKING, injured=False, drivable=True),
    )
    case = service.cases.open_case(own, told, by="tests")
    caller = Caller(tenant=own, name="tests", scopes=frozenset(Scope))
    for name in PHOTOS:
        data = (resources.files("coachwork") / "samples" / name).read_bytes()
        service.add_photo(caller, case.id, data, name)
    return service.cases.case(own, case.id)


def ready_case(
    service: Service,
    *,
    tenant: str = "default",
    facts: Facts | None = None,
    signals: Callable[[Sequence[CasePhoto]], FraudFindings] | None = None,
) -> Case:
    """A case with a dent that two photos show and a scratch, estimate and proposal; with signs of fraud, if told."""
    opened = open_case(service, tenant=tenant, facts=facts)
    case = service.cases.submit(opened.tenant, opened.id, by="tests", enqueue=lambda *_: None)
    inspection = _inspection(service, case)
    told = None if signals is None else findings_to_json(signals(service.cases.photos(case.tenant, case.id)))
    service.cases.keep_inspection(case, inspection, told)
    found = priced_case(case, inspection, [], service.prices, told)
    service.cases.publish(case, estimate=found.estimate, settlement=found.settlement, by="tests")
    return service.cases.case(case.tenant, case.id)


def _inspection(service: Service, case: Case) -> dict[str, Any]:
    photos = service.cases.photos(case.tenant, case.id)
    seen: list[dict[str, Any]] = [
        {
            "photo": {"file": one.name, "sha256": one.sha256, "width": one.size.width, "height": one.size.height},
            "verdict": "damaged",
            "advice": [],
            "quality": {"reasons": []},
            "damages": [{"type": "dent", "box": [100.0, 120.0, 420.0, 400.0], "mask": None}],
        }
        for one in photos
    ]
    seen[0]["damages"].append({"type": "scratch", "box": [500.0, 300.0, 800.0, 360.0], "mask": None})
    told = {"severity": ["minor"], "size_mm": None, "evidence": []}
    return {
        "schema": "coachwork.inspection/1",
        "verdict": "damaged",
        "advice": [],
        "unseen": [],
        "coverage": [{"part": "bonnet", "sight": "well", "photos": [0]}],
        "photos": seen,
        "damages": [
            told
            | {
                "type": "dent",
                "part": "front_left_door",
                "probability": 0.93,
                "views": [{"photo": 0, "damage": 0}, {"photo": 1, "damage": 0}],
            },
            told | {"type": "scratch", "part": None, "probability": 0.2, "views": [{"photo": 0, "damage": 1}]},
        ],
        "models": [],
    }
