import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from coachwork.cases.access import Caller
from coachwork.cases.case import Case, CasePhoto, Decision, DecisionKind, Facts
from coachwork.cases.customer import CUSTOMER
from coachwork.cases.identity import new_id
from coachwork.casework.customers import customer_of
from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.storage.columns import now
from coachwork.web.app import create_app
from tests.web.conftest import PAGE

SAMPLES = Path(__file__).parents[3] / "src" / "coachwork" / "samples"
DAMAGED = (SAMPLES / "crushed-door.jpg").read_bytes()
RULES = (
    {"rule": "cause", "holds": True, "words": "w", "why": "y"},
    {"rule": "no-sign-of-fraud", "holds": False, "words": "w", "why": "SECRET SUSPICION"},
    {"rule": "small", "holds": None, "words": "w", "why": "y"},
)


def settlement(route: str = "auto offer", likely: str = "1234.50") -> dict[str, Any]:
    return {
        "route": route,
        "payout": {"lower": "900.00", "likely": likely, "upper": "1500.00", "currency": "EUR"},
        "lines": [
            {"what": "repair, less prior damages and betterment", "lower": "1", "likely": "1384.50", "upper": "3"},
            {"what": "deductible", "lower": "-1", "likely": "-150.00", "upper": "-3"},
        ],
        "rules": [dict(rule) for rule in RULES],
        "excluded": [],
        "fraud": {"signals": ["SECRET SUSPICION"]},
        "estimate": {},
    }


def damage(kind: str = "dent", probability: float = 0.9) -> dict[str, Any]:
    return {
        "type": kind,
        "part": "rear_left_door",
        "severity": ["minor", "moderate"],
        "probability": probability,
        "views": [{"photo": 0, "damage": 0}],
        "evidence": [],
    }


def jpeg(colour: str = "grey", size: tuple[int, int] = (320, 240)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG")
    return file.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case with its private link."""

    service: Service
    case_id: str
    caller: Caller
    home: str

    @property
    def case(self) -> Case:
        return self.service.cases.case(self.caller.tenant, self.case_id)

    def photo(self, data: bytes = DAMAGED, name: str = "a.jpg") -> CasePhoto:
        return self.service.add_photo(self.caller, self.case_id, data, name)[0]

    def found(self, told: Mapping[str, Any] | None = None, *, verdict: str = "damaged", damages: int = 1) -> "Opened":
        """The same with results, as if its photos had been looked at."""
        photo = self.photo()
        case = self.service.submit(self.caller, self.case_id)
        seen = {
            "photo": {"file": "a.jpg", "sha256": photo.sha256, "width": photo.size.width, "height": photo.size.height},
            "damages": [{"type": "dent", "box": [10, 10, 200, 200], "mask": None}],
        }
        inspection = {
            "verdict": verdict,
            "damages": [damage() for _ in range(damages)],
            "unseen": ["bonnet"] if verdict == "uncertain" else [],
            "photos": [seen],
        }
        self.service.cases.keep_inspection(case, inspection)
        self.service.cases.publish(case, estimate={}, settlement=told, by="w")
        return self

    def decided(self, kind: DecisionKind, amount: str | None = None, reason: str = "fair") -> None:
        decision = Decision(
            id=new_id("decision"),
            revision=self.case.revision,
            kind=kind,
            amount=amount,
            currency=None if amount is None else "EUR",
            reason=reason,
            by="p",
            at=now(),
        )
        self.service.cases.decide(self.caller.tenant, self.case_id, decision)


@pytest.fixture(scope="session")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service whose worker does not run."""
    folder = tmp_path_factory.mktemp("customers")
    return Service(read_settings({"COACHWORK_DATA_DIR": str(folder), "COACHWORK_PUBLIC_TENANT": "public"}))


@pytest.fixture
def browser(idle: Service) -> TestClient:
    """A new browser with a limit of requests of its own."""
    app = create_app(idle, works=False)
    return TestClient(app, raise_server_exceptions=False, headers=PAGE, follow_redirects=False)


@pytest.fixture
def opened(idle: Service) -> Callable[..., Opened]:
    """Opens a case."""

    def make(facts: Facts | None = None) -> Opened:
        case, token = idle.customers.open_case("public", facts or Facts(), days=30)
        caller = customer_of(idle.customers.links.find(token))
        assert caller.name == CUSTOMER
        return Opened(service=idle, case_id=case.id, caller=caller, home=f"/c/{token}")

    return make
