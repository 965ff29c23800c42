"""Drift in the signals is answered once, for as long as it lasts, and eased when it is gone."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mlflow", reason="needs the train extra")

from coachwork.cases.case import CasePhoto, Facts
from coachwork.cases.identity import new_id
from coachwork.geometry.size import Size
from coachwork.inference.bundle import load_bundle
from coachwork.monitoring.photo_record import PhotoRecord
from coachwork.monitoring.profile import make_profile
from coachwork.monitoring.profile_json import write_profile
from coachwork.photos.quality import USUAL_LIMITS
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.monitoring import monitor
from coachwork.pipelines.loop.training import waiting_trainings
from coachwork.reactions.answers import Action
from coachwork.reactions.reaction import BY_ITSELF, ReactionState
from coachwork.storage.columns import now
from coachwork.storage.signal_store import KeptRecord, SignalStore
from tests.pipelines.loop.made import loop_in

COUNT = 80


@pytest.fixture
def loop(tmp_path: Path, colour_bundle: Path) -> Iterator[Loop]:
    """A loop whose champion has a reference of bright photos."""
    loop = loop_in(tmp_path, f"[monitoring]\nphotos = {COUNT}\nqueue = 30")
    loop.service = replace(loop.service, bundle=colour_bundle)
    bundle = load_bundle(colour_bundle)
    known = [record(number, 130.0, bundle.card.name, bundle.digest) for number in range(300)]
    kept = loop.service.data_dir / "loop" / "references" / bundle.digest[:32]
    kept.mkdir(parents=True)
    write_profile(kept, make_profile(known, how="made", made="2026-01-01T00:00:00Z"))
    yield loop
    loop.close()


def record(number: int, brightness: float, name: str = "colours", digest: str = "d") -> PhotoRecord:
    rng = np.random.default_rng(number)
    level = float(np.clip(brightness + rng.normal(0, 18), 5, 250))
    measures = {"brightness": level, "highlights": min(level / 255 * 1.4, 1.0), "contrast": 0.5, "sharpness": 0.6}
    sha256 = hashlib.sha256(str((number, brightness)).encode()).hexdigest()
    at = now() - timedelta(days=1) + timedelta(seconds=number)
    return PhotoRecord(at=at, case=f"c{number}", sha256=sha256, bundle=name, bundle_digest=digest, measures=measures)


def watch(loop: Loop, brightness: float, *, start: int) -> str:
    """Lets a window of photos of some brightness come in as claims, and the monitoring pipeline look at them."""
    tenant, kept = loop.keys.tenant("default"), []
    for number in range(start, start + COUNT):
        one = record(number, brightness)
        case = loop.cases.open_case(tenant, Facts(), by="a")
        photo = CasePhoto(
            id=new_id("photo"),
            place=0,
            sha256=one.sha256,
            name=f"{number}.jpg",
            media_type="image/jpeg",
            bytes=1,
            size=Size(height=1, width=1),
            usable=True,
            advice=(),
            added=now(),
        )
        loop.cases.add_photo(tenant, case.id, photo, by="a")
        kept.append(KeptRecord(key=str(number), tenant=tenant, record=replace(one, case=case.id)))
    SignalStore(loop.database).add(kept)
    found = monitor(loop)
    assert found is not None
    return str(found[0].result["level"])


def standing(loop: Loop) -> set[Action]:
    return {one.action for one in loop.reactions.all(standing=True)}


def test_without_photos_nothing_is_checked(loop: Loop) -> None:
    assert monitor(loop) is None


def test_bright_photos_trigger_nothing_and_are_looked_at_once(loop: Loop) -> None:
    assert watch(loop, 130, start=1000) == "ok"
    assert loop.reactions.all() == []
    found = monitor(loop)
    assert found is not None
    assert not found[1]


def test_darkness_is_answered_once_and_eased_when_it_is_gone(loop: Loop) -> None:
    assert watch(loop, 55, start=1000) == "beyond_threshold"
    assert {Action.TIGHTEN_ADVICE, Action.QUEUE_PHOTOS, Action.PAUSE_OFFERS, Action.TRAIN} <= standing(loop)
    assert loop.reactions.limits().brightness == 0.5
    assert len(loop.queue.photos()) == 30
    ranks = [one.rank for one in loop.queue.photos()]
    assert ranks == sorted(ranks)
    assert [one.detail["light"] for one in waiting_trainings(loop)] == [True]
    count = len(loop.reactions.all())
    assert watch(loop, 55, start=2000) == "beyond_threshold"
    assert len(loop.reactions.all()) == count
    assert watch(loop, 130, start=3000) == "ok"
    assert loop.reactions.limits().brightness == 0.5
    assert watch(loop, 130, start=4000) == "ok"
    assert loop.reactions.limits() == USUAL_LIMITS
    assert [one.state for one in loop.reactions.all(action=Action.EASE)] == [ReactionState.DONE]
    assert loop.reactions.holds() == []
    ended = loop.reactions.all(action=Action.PAUSE_OFFERS)
    assert {(one.state, one.ended_by) for one in ended} == {(ReactionState.ENDED, BY_ITSELF)}
    assert all("2 checks in a row saw no drift" in one.ended_why for one in ended)
    assert watch(loop, 55, start=5000) == "beyond_threshold"
    assert loop.reactions.limits().brightness == 0.5
    assert loop.reactions.holds() != []


def test_a_hold_outlasts_one_quiet_check_and_easing_that_is_paused(loop: Loop) -> None:
    watch(loop, 55, start=1000)
    loop.reactions.pause(Action.EASE, by="Ada", why="wait for the lamps")
    holds = loop.reactions.holds()
    watch(loop, 130, start=2000)
    watch(loop, 130, start=3000)
    assert loop.reactions.holds() == holds
    loop.reactions.resume(Action.EASE)
    watch(loop, 130, start=4000)
    assert loop.reactions.holds() == []


def test_all_checks_of_a_month_share_the_false_alarms(loop: Loop) -> None:
    watch(loop, 130, start=1000)
    for number in range(599):
        loop.runs.begin("monitoring", str(number), why="w")
    watch(loop, 130, start=2000)
    last, first = (
        run.result["report"]["alpha"] for run in loop.runs.all(pipeline="monitoring", limit=1000) if run.result
    )
    assert first == pytest.approx(0.5 / 60)
    assert last == pytest.approx(0.5 / 601)


def test_what_a_person_undid_is_not_done_again_for_the_same_drift(loop: Loop) -> None:
    watch(loop, 55, start=1000)
    (tightened,) = loop.reactions.all(action=Action.TIGHTEN_ADVICE)
    loop.reactions.undo(tightened.number, by="Ada", why="it is dusk")
    watch(loop, 55, start=2000)
    assert loop.reactions.limits() == USUAL_LIMITS


def test_a_paused_action_stands_in_the_list_without_effect(loop: Loop) -> None:
    loop.reactions.pause(Action.PAUSE_OFFERS, by="Ada", why="month's end")
    watch(loop, 55, start=1000)
    assert loop.reactions.holds() == []
    assert {one.state for one in loop.reactions.all(action=Action.PAUSE_OFFERS)} == {ReactionState.PAUSED}
