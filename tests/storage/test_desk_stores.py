"""Messages, views of the queue, and photos that are taken out again."""

from pathlib import Path

import pytest

from coachwork.cases.case import Case, CasePhoto, Facts
from coachwork.cases.messages import MOST_LETTERS, Sender
from coachwork.cases.people import Person, Role
from coachwork.cases.problems import CaseBusy, CaseRefused, KeyReused, UnknownCase
from coachwork.inspections.views import PhotoView
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.message_store import MessageStore
from coachwork.storage.people_store import PeopleStore
from coachwork.storage.photo_removal import PhotoRemover
from coachwork.storage.photo_store import PhotoStore, PhotoStoreError
from coachwork.storage.picture_cache import PictureCache
from coachwork.storage.queue_view_store import QueueViewStore
from coachwork.storage.upload_store import UploadStore
from tests.storage.test_case_store import photo, ready


@pytest.fixture
def case(cases: CaseStore, tenant: str) -> Case:
    return cases.open_case(tenant, Facts(reference="r"), by="tests")


@pytest.fixture
def messages(database: Database, cases: CaseStore) -> MessageStore:
    return MessageStore(database, cases)


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(str(tmp_path / "photos"))


@pytest.fixture
def pictures(tmp_path: Path) -> PictureCache:
    return PictureCache(tmp_path / "pictures")


@pytest.fixture
def remover(database: Database, cases: CaseStore, store: PhotoStore, pictures: PictureCache) -> PhotoRemover:
    return PhotoRemover(database, cases, store, pictures)


def added(cases: CaseStore, store: PhotoStore, case: Case, content: str) -> CasePhoto:
    told = photo(content)
    store.put(case.tenant, told.sha256, content.encode())
    return cases.add_photo(case.tenant, case.id, told, by="tests")[0]


def test_a_thread_is_empty_at_first_and_another_tenants_is_none(
    messages: MessageStore, case: Case, database: Database
) -> None:
    assert messages.thread(case.tenant, case.id).messages == ()
    other = KeyStore(database).tenant("other")
    with pytest.raises(UnknownCase):
        messages.thread(other, case.id)
    with pytest.raises(UnknownCase):
        messages.customer_writes(other, case.id, "hello")
    with pytest.raises(UnknownCase):
        messages.note(other, case.id, upto=1, by="eve")


def test_what_a_customer_writes_is_unread_until_somebody_notes_or_answers(
    messages: MessageStore, cases: CaseStore, case: Case
) -> None:
    first = messages.customer_writes(case.tenant, case.id, " when? ", request_key="k")
    assert messages.customer_writes(case.tenant, case.id, "when?", request_key="k") == first
    assert first.text == "when?"
    with pytest.raises(KeyReused):
        messages.customer_writes(case.tenant, case.id, "where?", request_key="k")
    assert messages.thread(case.tenant, case.id).unread == (first,)
    messages.note(case.tenant, case.id, upto=first.number, by="anna")
    assert messages.thread(case.tenant, case.id).unread == ()
    messages.note(case.tenant, case.id, upto=0, by="anna")
    second = messages.customer_writes(case.tenant, case.id, "still?")
    assert messages.thread(case.tenant, case.id).unread == (second,)
    sent = messages.write(case.tenant, case.id, sender=Sender.DESK, by="anna", text="soon", views=(PhotoView.REAR,))
    thread = messages.thread(case.tenant, case.id)
    assert thread.unread == ()
    assert thread.messages == (first, second, sent)
    assert thread.wanted() == (PhotoView.REAR,)
    assert thread.wanted([sent.at]) == ()
    kinds = [(event.kind, event.by) for event in cases.events(case.tenant, case.id)[-3:]]
    assert kinds == [("customer.wrote", "customer"), ("customer.wrote", "customer"), ("message.sent", "anna")]


@pytest.mark.parametrize("text", ["", " \n", "x" * (MOST_LETTERS + 1)])
def test_messages_say_something_and_not_too_much(messages: MessageStore, case: Case, text: str) -> None:
    with pytest.raises(CaseRefused):
        messages.customer_writes(case.tenant, case.id, text)


def test_views_are_ones_own_or_shared_within_the_tenant(database: Database, tenant: str) -> None:
    people, views = PeopleStore(database), QueueViewStore(database)
    anna, bert = people.add(tenant, "anna", Role.HANDLER)[0], people.add(tenant, "bert", Role.HANDLER)[0]
    boss = people.add(tenant, "boss", Role.ADMIN)[0]
    eve = people.add(KeyStore(database).tenant("other"), "eve", Role.ADMIN)[0]
    assert views.views(anna) == []
    mine = views.save(anna, " hail  first ", {"q": "hail"}, shared=False, default=True)
    team = views.save(anna, "Team", {"state": "ready", "order": "oldest"}, shared=True, default=False)

    def seen(person: Person) -> list[tuple[str, bool, bool]]:
        return [(one.name, one.own, one.default) for one in views.views(person)]

    assert seen(anna) == [("hail first", True, True), ("Team", True, False)]
    assert seen(bert) == [("Team", False, False)]
    assert seen(eve) == []
    views.choose(bert, team)
    assert seen(bert) == [("Team", False, True)]
    with pytest.raises(CaseRefused):
        views.choose(bert, mine)
    for stranger in (bert, eve):
        with pytest.raises(CaseRefused):
            views.remove(stranger, team)
    assert views.save(anna, "Team", {"state": "open"}, shared=False, default=True) == team
    assert seen(bert) == []
    assert seen(anna) == [("hail first", True, False), ("Team", True, True)]
    views.save(anna, "Team", {}, shared=True, default=False)
    assert seen(anna) == [("hail first", True, False), ("Team", True, False)]
    views.remove(boss, team)
    with pytest.raises(CaseRefused):
        views.remove(boss, mine)
    views.choose(anna, None)
    assert seen(anna) == [("hail first", True, False)]
    for name in ("", "x" * 61):
        with pytest.raises(CaseRefused):
            views.save(anna, name, {}, shared=False, default=False)


def test_a_photo_goes_for_good_unless_another_case_shows_it(
    cases: CaseStore, remover: PhotoRemover, store: PhotoStore, pictures: PictureCache, case: Case
) -> None:
    other = cases.open_case(case.tenant, Facts(), by="tests")
    alone, shared = added(cases, store, case, "alone"), added(cases, store, case, "shared")
    added(cases, store, other, "shared")
    pictures.put(case.tenant, alone.sha256, "small", b"1")
    remover.remove(case.tenant, case.id, alone.id, by="customer")
    remover.remove(case.tenant, case.id, shared.id, by="customer")
    assert cases.photos(case.tenant, case.id) == []
    assert not store.holds(case.tenant, alone.sha256)
    assert pictures.get(case.tenant, alone.sha256, "small") is None
    assert store.holds(case.tenant, shared.sha256)
    assert [event.kind for event in cases.events(case.tenant, case.id)[-2:]] == ["photo.removed", "photo.removed"]
    with pytest.raises(UnknownCase):
        remover.remove(case.tenant, case.id, alone.id, by="customer")
    again = added(cases, store, case, "alone")
    remover.finish()
    assert store.holds(case.tenant, again.sha256)


def test_what_was_handed_over_stays(
    cases: CaseStore, remover: PhotoRemover, store: PhotoStore, tenant: str, case: Case
) -> None:
    done = ready(cases, tenant)
    own = cases.photos(tenant, done.id)[0]
    with pytest.raises(CaseRefused):
        remover.remove(tenant, done.id, own.id, by="customer")
    more = added(cases, store, done, "more")  # opens the case again
    with pytest.raises(CaseRefused):
        remover.remove(tenant, done.id, own.id, by="customer")
    remover.remove(tenant, done.id, more.id, by="customer")
    kept = added(cases, store, case, "kept")
    cases.submit(tenant, case.id, by="tests", enqueue=lambda *_: None)
    with pytest.raises(CaseBusy):
        remover.remove(tenant, case.id, kept.id, by="customer")


def test_bytes_that_could_not_go_go_at_the_next_start(
    cases: CaseStore, remover: PhotoRemover, store: PhotoStore, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = added(cases, store, case, "x")

    def refuses(_self: PhotoStore, _tenant: str, _sha256: str) -> None:
        message = "the store refuses"
        raise PhotoStoreError(message)

    with monkeypatch.context() as patched:
        patched.setattr(PhotoStore, "drop", refuses)
        with pytest.raises(PhotoStoreError):
            remover.remove(case.tenant, case.id, kept.id, by="customer")
    assert cases.photos(case.tenant, case.id) == []
    assert store.holds(case.tenant, kept.sha256)
    remover.finish()
    assert not store.holds(case.tenant, kept.sha256)


def test_the_upload_of_a_removed_photo_is_forgotten(
    database: Database, cases: CaseStore, remover: PhotoRemover, store: PhotoStore, case: Case
) -> None:
    kept = added(cases, store, case, "x")
    uploads = UploadStore(database)
    first = uploads.begin(case.tenant, case.id, name="x", size=1, sha256=kept.sha256)
    uploads.end(first, kept.id)
    remover.remove(case.tenant, case.id, kept.id, by="customer")
    assert uploads.begin(case.tenant, case.id, name="x", size=1, sha256=kept.sha256).id != first.id
