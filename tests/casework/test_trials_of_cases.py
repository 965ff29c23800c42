"""A trial over whole cases: one bundle for all photos of a case, the record names it, and failures reach nobody."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from coachwork.cases.case import Case, CasePhoto, Facts
from coachwork.cases.identity import new_id
from coachwork.casework.prices import read_prices
from coachwork.casework.steps import CaseSteps
from coachwork.casework.watching import SignalWriter, Watcher
from coachwork.geometry.size import Size
from coachwork.registry.release import Action, Limits
from coachwork.registry.release_moves import start_canary, start_shadow
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.erasing import Eraser
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.release_tables import release_comparisons
from coachwork.storage.signal_store import SignalStore
from coachwork.storage.tables import results
from tests.casework.releasing import RED, failing_bundle, make_bundle, photo_bytes, until
from tests.casework.test_trials import SIGNED, House


class CaseHouse(House):
    """A house with the steps of the work on cases, without the queue that drives them."""

    def __init__(self, folder: Path, colours: Path) -> None:
        super().__init__(folder, colours)
        self.cases, self.photos = CaseStore(self.database), PhotoStore(str(folder / "photos"))
        self.signals = SignalWriter(SignalStore(self.database))
        self.steps = CaseSteps(
            cases=self.cases,
            corrections=CorrectionStore(self.database, self.cases),
            photo_bytes=self.photos,
            trials=self.trials,
            prices=read_prices(None, None),
            registers=folder / "registers",
            watcher=Watcher(self.signals),
        )

    def close(self) -> None:
        self.signals.close()
        super().close()

    def inspected(self, *photos: bytes) -> Case:
        """A case with these photos, inspected."""
        case = self.cases.open_case(self.tenant, Facts(reference="c"), by="a")
        for number, data in enumerate(photos):
            sha256 = hashlib.sha256(data).hexdigest()
            self.photos.put(self.tenant, sha256, data)
            kept = CasePhoto(
                id=new_id("photo"),
                place=0,
                sha256=sha256,
                name=f"{number}.png",
                media_type="image/png",
                bytes=len(data),
                size=Size(height=320, width=320),
                usable=True,
                advice=(),
                added=now(),
            )
            self.cases.add_photo(self.tenant, case.id, kept, by="a")
        case = self.cases.submit(self.tenant, case.id, by="a", enqueue=lambda *_: None)
        self.steps.inspect(self.tenant, case.id, case.revision)
        return case

    def recorded(self, case: Case) -> tuple[str, str, str]:
        """What the row of the results says of the bundle."""
        named = select(results.c.bundle_name, results.c.bundle_version, results.c.bundle_digest)
        with self.database.reading() as connection:
            name, version, digest = connection.execute(named.where(results.c.case == case.id)).one()
        return name, version, digest


@pytest.fixture
def house(tmp_path: Path, colour_bundle: Path) -> Iterator[CaseHouse]:
    made = CaseHouse(tmp_path, colour_bundle)
    yield made
    made.close()


def test_a_case_names_its_bundle_and_its_photos_are_compared(house: CaseHouse) -> None:
    mute = make_bundle(house.folder, house.colours, 2, mute=True)
    house.change(partial(start_shadow, challenger=mute, signature=SIGNED))
    case = house.inspected(photo_bytes(mark=1), photo_bytes(mark=2))
    assert house.recorded(case) == ("colours", "configured", house.models.serving().champion.digest)
    assert until(lambda: house.trials.compared == 2)
    kept = house.store.compared(1)
    assert {one.case for one in kept} == {case.id}
    assert {one.sha256 for one in kept} == {photo.sha256 for photo in house.cases.photos(house.tenant, case.id)}


def test_a_canary_gives_all_photos_of_a_case_to_one_bundle(house: CaseHouse) -> None:
    twin = make_bundle(house.folder, house.colours, 2)
    house.change(partial(start_canary, challenger=twin, signature=SIGNED, share=0.5))
    cases = [house.inspected(photo_bytes(mark=mark), photo_bytes(mark=mark + 1)) for mark in range(8)]
    told = [house.recorded(case)[1] for case in cases]
    assert set(told) == {"2", "configured"}
    for case in cases:
        photos = house.cases.inspection(case)["photos"]
        assert {photo["model"]["version"] for photo in photos} == {house.recorded(case)[1]}
    assert until(lambda: house.trials.compared == 2 * told.count("2"))


def test_a_case_on_which_the_challenger_fails_is_the_champions(house: CaseHouse) -> None:
    broken = failing_bundle(house.folder, house.colours, 2)
    limits = Limits(min_photos=2)
    house.change(partial(start_canary, challenger=broken, signature=SIGNED, share=1.0, limits=limits))
    first = house.inspected(photo_bytes(mark=1))
    assert house.recorded(first)[1] == "2"
    second = house.inspected(photo_bytes(mark=2), photo_bytes(RED, mark=3))
    assert house.recorded(second)[1] == "configured"
    third = house.inspected(photo_bytes(RED, mark=4))
    failed = house.store.compared(1, differing=True)
    assert [one.case for one in failed] == [third.id, second.id]
    assert failed[1].sha256 == hashlib.sha256(photo_bytes(RED, mark=3)).hexdigest()
    assert until(lambda: house.release.action is Action.REJECTED)


def test_erasing_a_case_takes_its_comparisons_with_it(house: CaseHouse) -> None:
    twin = make_bundle(house.folder, house.colours, 2)
    house.change(partial(start_shadow, challenger=twin, signature=SIGNED))
    case = house.inspected(photo_bytes(mark=1))
    assert until(lambda: house.trials.compared == 1)
    house.cases.fail(case, "over", by="a")
    Eraser(house.database, house.photos, house.folder / "registers").erase(house.tenant, case.id, by="a", why="w")
    with house.database.reading() as connection:
        assert connection.execute(select(release_comparisons)).all() == []
