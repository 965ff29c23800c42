"""Challengers are tried: nobody waits for them, nobody gets an error for them, and a bad one goes by itself."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.assessment import Assessment
from coachwork.casework.model_loading import LoadedBundle
from coachwork.casework.trials import See, SeenPhoto, Trials, in_share
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import read_photo
from coachwork.registry.release import Action, Limits, Mode, Release, Signature
from coachwork.registry.release_moves import change, start_canary, start_shadow, stop
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.release_trials import TrialStore
from tests.casework.releasing import RED, failing_bundle, live, make_bundle, photo_bytes, until

SIGNED = Signature(by="test", why="to see")
FEW = Limits(min_photos=5)


class House:
    """Models, trials and a tenant on one database."""

    def __init__(self, folder: Path, colours: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'own.db'}")
        self.database.migrate()
        self.folder, self.colours = folder, colours
        self.tenant = KeyStore(self.database).tenant("north")
        self.models = live(self.database, colours, folder / "cache")
        self.store = TrialStore(self.database)
        self.trials = Trials(self.models, self.store, tenant_name=KeyStore(self.database).tenant_name)

    def close(self) -> None:
        self.trials.close()
        self.models.stop()
        self.database.close()

    def change(self, move: Callable[[Release], Release]) -> None:
        """Changes the release and waits until it is followed."""
        revision = change(self.models.store, move).revision
        self.models.serving()
        assert until(lambda: self.models.serving().release.revision >= revision)

    def assess(self, data: bytes, *, key: str = "") -> Assessment:
        """One photo, as the service asks for it."""

        def asked(bundle: LoadedBundle, see: See) -> Assessment:
            photo = read_photo(data, min_side=bundle.assessor.min_side)
            assessment = bundle.assessor.assess(photo, file="a")
            see(SeenPhoto(name="a", source=lambda: data, held_bytes=len(data), assessment=assessment, took_s=0.05))
            return assessment

        return self.trials.answer(self.tenant, None, key or str(len(data)), asked)

    @property
    def release(self) -> Release:
        return self.models.store.read()


@pytest.fixture
def house(tmp_path: Path, colour_bundle: Path) -> Iterator[House]:
    made = House(tmp_path, colour_bundle)
    yield made
    made.close()


def test_nothing_is_compared_without_a_challenger(house: House) -> None:
    assert house.assess(photo_bytes()).model.version == "configured"
    assert (house.trials.compared, house.store.last_trial(), house.trials.waiting) == (0, 0, 0)


def test_in_the_shadow_the_champion_answers_and_differences_are_kept(house: House) -> None:
    mute = make_bundle(house.folder, house.colours, 2, mute=True)
    house.change(partial(start_shadow, challenger=mute, signature=SIGNED, limits=Limits(disagreement=1.0)))
    for mark in range(4):
        assert house.assess(photo_bytes(mark=mark)).verdict == "damaged"
    assert until(lambda: house.trials.compared == 4)
    kept = house.store.compared(house.release.trial, differing=True)
    assert len(kept) == 4
    assert {one.mode for one in kept} == {Mode.SHADOW}
    assert {(one.champion_verdict, one.champion_damages, one.challenger_damages) for one in kept} == {("damaged", 4, 0)}
    assert {(one.boxes, one.masks, one.sha256, one.case) for one in kept} == {(0.0, 0.0, "", None)}
    assert all(one.champion_ms == 50 and one.challenger_ms for one in kept)
    assert house.release.mode is Mode.SHADOW  # a limit of 1 is never passed


def test_a_twin_agrees_and_stays(house: House) -> None:
    twin = make_bundle(house.folder, house.colours, 2)
    house.change(partial(start_shadow, challenger=twin, signature=SIGNED, limits=FEW))
    for mark in range(30):
        house.assess(photo_bytes(mark=mark))
    assert until(lambda: house.store.evidence(house.release.trial).photos == 30)
    assert house.store.compared(house.release.trial, differing=True) == []
    assert house.store.compared(house.release.trial)[0].boxes == 1.0
    assert house.release.mode is Mode.SHADOW


def test_a_challenger_that_disagrees_is_taken_back_with_the_reason_in_history(house: House) -> None:
    mute = make_bundle(house.folder, house.colours, 2, mute=True)
    house.change(partial(start_canary, challenger=mute, signature=SIGNED, share=1.0, limits=FEW))
    mark = 0
    while house.release.challenger is not None and mark < 200:
        house.assess(photo_bytes(mark=mark))
        mark += 1
    assert until(lambda: house.release.action is Action.REJECTED)
    assert "differs from the champion's" in house.release.why
    assert house.release.by == "coachwork"
    assert until(lambda: house.models.serving().challenger is None)
    assert house.assess(photo_bytes()).verdict == "damaged"


def test_where_a_challenger_fails_the_champion_answers_and_it_goes(house: House) -> None:
    broken = failing_bundle(house.folder, house.colours, 2)
    house.change(partial(start_canary, challenger=broken, signature=SIGNED, share=1.0, limits=FEW))
    assert house.assess(photo_bytes((200, 20, 20))).model.version == "2"
    answers = [house.assess(photo_bytes(RED, mark=mark)) for mark in range(8)]
    assert {one.verdict for one in answers} == {"damaged"}
    assert {one.model.version for one in answers} == {"configured"}
    assert until(lambda: house.release.action is Action.REJECTED)
    assert "it failed on" in house.release.why
    assert "does not run" in house.store.compared(1, differing=True)[0].problem


def test_a_challenger_that_fails_in_the_shadow_goes_too(house: House) -> None:
    broken = failing_bundle(house.folder, house.colours, 2)
    house.change(partial(start_shadow, challenger=broken, signature=SIGNED, limits=FEW))
    for mark in range(8):
        assert house.assess(photo_bytes(RED, mark=mark)).verdict == "damaged"
    assert until(lambda: house.release.action is Action.REJECTED)


def test_a_photo_that_is_none_is_nobodys_failure(house: House) -> None:
    twin = make_bundle(house.folder, house.colours, 2)
    house.change(partial(start_canary, challenger=twin, signature=SIGNED, share=1.0))
    with pytest.raises(PhotoError):
        house.assess(b"no photo")
    assert house.store.evidence(1).photos == 0


def test_a_tenant_is_known_by_name_and_id(house: House) -> None:
    twin = make_bundle(house.folder, house.colours, 2)
    for tenants, version in ((["south"], "configured"), (["north"], "2"), ([house.tenant], "2")):
        house.change(partial(start_canary, challenger=twin, signature=SIGNED, tenants=tenants))
        assert house.assess(photo_bytes()).model.version == version
        house.change(partial(stop, signature=SIGNED))
    assert house.models.serving().challenger is None


def test_nobody_waits_for_a_slow_challenger_and_what_has_no_room_is_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = make_bundle(house.folder, house.colours, 2)
    house.change(partial(start_shadow, challenger=twin, signature=SIGNED))
    challenger = house.models.serving().challenger
    assert challenger is not None
    gate = threading.Event()
    own = challenger.assessor.assess

    def slow(*args: object, **fields: object) -> Assessment:
        gate.wait(30)
        return own(*args, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(challenger.assessor, "assess", slow)
    monkeypatch.setattr("coachwork.casework.trials._MOST_HELD_BYTES", 3 * len(photo_bytes()))
    try:
        for _ in range(10):
            house.assess(photo_bytes())
        assert house.trials.compared == 0
        assert house.models.dropped == 7
    finally:
        gate.set()
    assert until(lambda: house.trials.compared == 3)


@given(st.integers(1, 9), st.text(min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_holds_the_smaller_one(trial: int, key: str, first: float, second: float) -> None:
    small, large = sorted((first, second))
    assert not in_share(trial, key, small) or in_share(trial, key, large)
    assert in_share(trial, key, 1.0)
    assert not in_share(trial, key, 0.0)


def test_a_share_is_about_that_share_and_another_one_in_another_trial() -> None:
    keys = [f"tenant/case_{number}" for number in range(4000)]
    first = {key for key in keys if in_share(1, key, 0.25)}
    second = {key for key in keys if in_share(2, key, 0.25)}
    assert 900 < len(first) < 1100
    assert len(first & second) < 400
