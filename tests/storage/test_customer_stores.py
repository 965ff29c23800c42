import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from coachwork.cases.case import Case, Decision, DecisionKind, Facts
from coachwork.cases.customer import AnswerKind, UnknownLink, UnknownUpload, UploadMoved, UploadRefused
from coachwork.cases.identity import new_id
from coachwork.cases.problems import CaseChanged, CaseNotReady, CaseRefused, UnknownCase
from coachwork.storage.answer_store import AnswerStore
from coachwork.storage.backup import back_up, restore
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import customer_links, uploads
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.link_store import LinkStore
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.upload_store import MOST_AT_ONCE, UploadStore
from tests.storage.test_case_store import photo

OFFERED = {
    "route": "auto offer",
    "payout": {"lower": "90.00", "likely": "100.00", "upper": "110.00", "currency": "EUR"},
}
HELD = OFFERED | {"route": "review"}


@pytest.fixture
def case(cases: CaseStore, tenant: str) -> Case:
    return cases.open_case(tenant, Facts(), by="t")


@pytest.fixture
def links(database: Database, cases: CaseStore) -> LinkStore:
    return LinkStore(database, cases)


@pytest.fixture
def uploading(database: Database) -> UploadStore:
    return UploadStore(database)


@pytest.fixture
def answers(database: Database, cases: CaseStore) -> AnswerStore:
    return AnswerStore(database, cases)


def ready(cases: CaseStore, case: Case, settlement: Mapping[str, object]) -> Case:
    cases.add_photo(case.tenant, case.id, photo("a"), by="t")
    submitted = cases.submit(case.tenant, case.id, by="t", enqueue=lambda *_: None)
    cases.keep_inspection(submitted, {})
    cases.publish(submitted, estimate={}, settlement=settlement, by="w")
    return cases.case(case.tenant, case.id)


def decided(cases: CaseStore, case: Case, kind: DecisionKind, amount: str | None = None) -> None:
    decision = Decision(
        id=new_id("decision"),
        revision=case.revision,
        kind=kind,
        amount=amount,
        currency=None if amount is None else "EUR",
        reason="r",
        by="p",
        at=now(),
    )
    cases.decide(case.tenant, case.id, decision)


def kinds(cases: CaseStore, case: Case) -> Sequence[str]:
    return [event.kind for event in cases.events(case.tenant, case.id)]


def test_a_link_leads_to_its_case_and_its_token_is_kept_by_nobody(
    links: LinkStore, case: Case, database: Database
) -> None:
    made, token = links.make(case.tenant, case.id, by="t", days=1)
    assert links.find(token) == made
    assert len(token) >= 43, "256 bits"
    with database.reading() as connection:
        assert token not in str(connection.execute(text("select * from customer_links")).all())


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "a" * 100_000])
def test_a_token_that_is_none_is_not_known(links: LinkStore, token: str) -> None:
    with pytest.raises(UnknownLink):
        links.find(token)


def test_a_link_ends_with_its_days_and_when_it_is_revoked(
    links: LinkStore, cases: CaseStore, case: Case, database: Database
) -> None:
    ended, revoked = (links.make(case.tenant, case.id, by="t", days=1) for _ in range(2))
    with database.writing() as connection:
        past = (
            update(customer_links).where(customer_links.c.id == ended[0].id).values(ends=now() - timedelta(seconds=1))
        )
        connection.execute(past)
    with pytest.raises(UnknownLink):
        links.find(ended[1])
    links.find(revoked[1])
    assert links.revoke(case.tenant, case.id, by="t") == 2
    with pytest.raises(UnknownLink):
        links.find(revoked[1])
    assert kinds(cases, case)[-1] == "link.revoked"


def test_links_are_made_to_the_tenants_own_cases_alone(links: LinkStore, case: Case, database: Database) -> None:
    with pytest.raises(UnknownCase):
        links.make(KeyStore(database).tenant("other"), case.id, by="t", days=1)


def test_an_upload_grows_part_by_part_and_lets_go_of_its_parts(
    uploading: UploadStore, case: Case, database: Database
) -> None:
    data = bytes(range(256)) * 10
    upload = uploading.begin(case.tenant, case.id, name="a.jpg", size=len(data), sha256=None)
    for start in range(0, len(data), 1000):
        upload = uploading.append(case.id, upload.id, offset=start, data=data[start : start + 1000])
    assert upload.is_whole
    assert uploading.contents(upload) == data
    uploading.end(upload, "photo_1")
    assert uploading.find(case.id, upload.id).photo == "photo_1"
    with database.reading() as connection:
        assert connection.execute(text("select count(*) from upload_parts")).scalar() == 0


def test_a_part_that_does_not_fit_is_told_where_to_go_on(uploading: UploadStore, case: Case) -> None:
    upload = uploading.begin(case.tenant, case.id, name="", size=10, sha256=None)
    uploading.append(case.id, upload.id, offset=0, data=b"12345")
    for offset in (0, 4, 6):
        with pytest.raises(UploadMoved) as moved:
            uploading.append(case.id, upload.id, offset=offset, data=b"x")
        assert moved.value.offset == 5
    with pytest.raises(UploadRefused):
        uploading.append(case.id, upload.id, offset=5, data=b"123456")
    assert uploading.find(case.id, upload.id).offset == 5


def test_an_upload_that_broke_off_is_found_by_its_digest(uploading: UploadStore, case: Case) -> None:
    digest = hashlib.sha256(b"whole").hexdigest()
    first = uploading.begin(case.tenant, case.id, name="a", size=5, sha256=digest)
    uploading.append(case.id, first.id, offset=0, data=b"wh")
    again = uploading.begin(case.tenant, case.id, name="a", size=5, sha256=digest)
    assert (again.id, again.offset) == (first.id, 2)
    assert uploading.begin(case.tenant, case.id, name="a", size=6, sha256=digest).id != first.id


def test_uploads_are_the_cases_own_and_few(uploading: UploadStore, cases: CaseStore, case: Case) -> None:
    upload = uploading.begin(case.tenant, case.id, name="", size=1, sha256=None)
    other = cases.open_case(case.tenant, Facts(), by="t")
    with pytest.raises(UnknownUpload):
        uploading.find(other.id, upload.id)
    for _ in range(MOST_AT_ONCE - 1):
        uploading.begin(case.tenant, case.id, name="", size=1, sha256=None)
    with pytest.raises(UploadRefused):
        uploading.begin(case.tenant, case.id, name="", size=1, sha256=None)


def test_uploads_that_were_given_up_are_forgotten(uploading: UploadStore, case: Case, database: Database) -> None:
    old = uploading.begin(case.tenant, case.id, name="", size=9, sha256=None)
    uploading.append(case.id, old.id, offset=0, data=b"12")
    with database.writing() as connection:
        connection.execute(update(uploads).values(changed=now() - timedelta(days=3)))
    uploading.begin(case.tenant, case.id, name="", size=1, sha256=None)
    with pytest.raises(UnknownUpload):
        uploading.find(case.id, old.id)


def test_what_the_rules_offer_is_accepted_once(answers: AnswerStore, cases: CaseStore, case: Case) -> None:
    at = ready(cases, case, OFFERED)
    first = answers.accept(at.tenant, at.id, revision=at.revision, amount="100.00", currency="EUR")
    again = answers.accept(at.tenant, at.id, revision=at.revision, amount="100.00", currency="EUR")
    assert first == again == answers.all(at.tenant, at.id)[0]
    assert first.offer is not None
    assert first.offer.decision is None
    assert kinds(cases, at).count("customer.accepted") == 1


def test_another_amount_or_revision_is_not_accepted(answers: AnswerStore, cases: CaseStore, case: Case) -> None:
    at = ready(cases, case, OFFERED)
    for revision, amount in ((at.revision, "1000.00"), (at.revision - 1, "100.00")):
        with pytest.raises(CaseChanged):
            answers.accept(at.tenant, at.id, revision=revision, amount=amount, currency="EUR")
    decided(cases, at, DecisionKind.OFFER, "120.00")
    with pytest.raises(CaseChanged):
        answers.accept(at.tenant, at.id, revision=at.revision, amount="100.00", currency="EUR")
    kept = answers.accept(at.tenant, at.id, revision=at.revision, amount="120.00", currency="EUR")
    assert kept.offer is not None
    assert kept.offer.decision is not None


def test_where_a_person_must_look_first_nothing_is_accepted(answers: AnswerStore, cases: CaseStore, case: Case) -> None:
    with pytest.raises(CaseNotReady):
        answers.accept(case.tenant, case.id, revision=0, amount="100.00", currency="EUR")
    at = ready(cases, case, HELD)
    with pytest.raises(CaseRefused):
        answers.accept(at.tenant, at.id, revision=at.revision, amount="100.00", currency="EUR")
    decided(cases, at, DecisionKind.DECLINE)
    with pytest.raises(CaseRefused):
        answers.accept(at.tenant, at.id, revision=at.revision, amount="100.00", currency="EUR")


def test_an_objection_is_kept_once_and_not_after_accepting(answers: AnswerStore, cases: CaseStore, case: Case) -> None:
    with pytest.raises(CaseRefused):
        answers.object(case.tenant, case.id, revision=0, text="early")
    at = ready(cases, case, OFFERED)
    first = answers.object(at.tenant, at.id, revision=at.revision, text="too little", request_key="k")
    assert answers.object(at.tenant, at.id, revision=at.revision, text="too little", request_key="k") == first
    assert (first.kind, first.text) == (AnswerKind.OBJECT, "too little")
    assert kinds(cases, at).count("customer.objected") == 1
    answers.accept(at.tenant, at.id, revision=at.revision, amount="100.00", currency="EUR")
    with pytest.raises(CaseRefused):
        answers.object(at.tenant, at.id, revision=at.revision, text="late")


def test_an_upload_that_is_under_way_survives_backup_and_restore(
    uploading: UploadStore, case: Case, database: Database, tmp_path: Path
) -> None:
    upload = uploading.begin(case.tenant, case.id, name="", size=3, sha256=None)
    uploading.append(case.id, upload.id, offset=0, data=b"\xff\x00")
    back_up(database, PhotoStore(str(tmp_path / "photos")), tmp_path / "backup")
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    restore(tmp_path / "backup", fresh, PhotoStore(str(tmp_path / "fresh")))
    back = UploadStore(fresh)
    kept = back.find(case.id, upload.id)
    assert (kept.offset, back.contents(kept)) == (2, b"\xff\x00")
    assert back.append(case.id, upload.id, offset=2, data=b"!").is_whole
    fresh.close()
