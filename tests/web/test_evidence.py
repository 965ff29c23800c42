"""Signs of fraud beside what they rest on, on the page of a case."""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from coachwork.cases.case import Case, CasePhoto
from coachwork.casework.service import Service
from coachwork.claims.fraud_signals import Check, FraudFindings, FraudSignal, SignalKind, Strength, Value
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from tests.web.test_workbench import Worker
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


def suspicious(desk: Service, other: Case, *, sha256: str | None = None) -> Case:
    """A case whose first photo is the other case's first one, mirrored and cut."""
    digest = sha256 or desk.cases.photos(other.tenant, other.id)[0].sha256

    def signs(photos: Sequence[CasePhoto]) -> FraudFindings:
        evidence: dict[str, Value] = {"points": 31, "likeness": 0.97, "mirrored": True, "shown_share": 0.6}
        evidence |= {"other_claim": other.id, "other_photo": "theirs.jpg", "other_sha256": digest}
        copy = FraudSignal(
            kind=SignalKind.PHOTO_OF_ANOTHER_CLAIM,
            strength=Strength.STRONG,
            sentence="It is the same picture <b>.",
            photos=(photos[0].name,),
            evidence=evidence,
        )
        clock = FraudSignal(
            kind=SignalKind.BEFORE_THE_LOSS,
            strength=Strength.WEAK,
            sentence="Taken before.",
            photos=(photos[1].name,),
            evidence={"days": 3},
        )
        names = {photo.name: photo.sha256 for photo in photos}
        return FraudFindings.of("", names, tuple(Check), (copy, clock))

    return ready_case(desk, signals=signs)


def test_both_photos_stand_side_by_side_with_what_matches(desk: Service, anna: Worker) -> None:
    other = ready_case(desk)
    case = suspicious(desk, other)
    page = anna.page(case)
    assert "turned left to right" in page
    assert "60\N{NO-BREAK SPACE}% of the other picture" in page
    assert "31 points" in page
    assert "same picture &lt;b&gt;" in page
    assert f"/workbench/cases/{other.id}#photo-1" in page
    shown = re.findall(r'src="([^"]+/evidence/[^"]+)"', page)
    assert len(shown) == 3
    for address in shown:
        answer = anna.browser.get(address)
        assert answer.status_code == 200, (address, answer.text[-900:])
        assert max(Image.open(BytesIO(answer.content)).size) <= 1000
    after = anna.send(case, "corrections", kind="confirm", damage=_first_key(page))
    assert after.status_code == 303
    assert "turned left to right" in anna.page(case)


def test_an_erased_case_and_another_tenants_case_show_nothing(desk: Service, anna: Worker, app: TestClient) -> None:
    gone, strange = ready_case(desk), ready_case(desk, tenant="other")
    case, odd = suspicious(desk, gone), suspicious(desk, strange)
    photo = desk.cases.photos(gone.tenant, gone.id)[0]
    address = f"/workbench/cases/{case.id}/evidence/{gone.id}/{photo.id}.jpg"
    assert anna.browser.get(address).status_code == 200
    desk.eraser.erase(gone.tenant, gone.id, by="tests", why="asked for")
    assert "its case was erased" in anna.page(case)
    assert anna.browser.get(address).status_code == 404
    assert "its case was erased" in anna.page(odd)
    theirs = desk.cases.photos(strange.tenant, strange.id)[0]
    assert anna.browser.get(f"/workbench/cases/{odd.id}/evidence/{strange.id}/{theirs.id}.jpg").status_code == 404
    eve = Worker(app, "eve")
    own = desk.cases.photos(case.tenant, case.id)[0]
    assert eve.browser.get(f"/workbench/cases/{case.id}/evidence/{case.id}/{own.id}.jpg").status_code == 404


def test_photos_that_no_sign_names_are_not_shown_so(desk: Service, anna: Worker) -> None:
    other, unnamed = ready_case(desk), ready_case(desk)
    case = suspicious(desk, other)
    second = desk.cases.photos(other.tenant, other.id)[1]
    first = desk.cases.photos(unnamed.tenant, unnamed.id)[0]
    for owner, photo in ((other, second), (unnamed, first)):
        assert anna.browser.get(f"/workbench/cases/{case.id}/evidence/{owner.id}/{photo.id}.jpg").status_code == 404


def test_pictures_go_with_the_photos_that_they_were_made_of(desk: Service, anna: Worker) -> None:
    case = ready_case(desk)
    photo = desk.cases.photos(case.tenant, case.id)[0]
    address = f"/workbench/cases/{case.id}/photos/{photo.id}/small.jpg"
    assert anna.browser.get(address).content == anna.browser.get(address).content
    assert desk.pictures.get(case.tenant, photo.sha256, "small") is not None
    desk.photo_store.drop(case.tenant, photo.sha256)
    desk.pictures.drop(case.tenant, photo.sha256)
    assert anna.browser.get(address).status_code == 500
    assert desk.pictures.get(case.tenant, photo.sha256, "small") is None


def _first_key(page: str) -> str:
    found = re.search(r'name="damage" value="([^"]+)"', page)
    assert found is not None
    return found[1]
