"""Reactions are taken once, end once and can be paused; runs are one for each input; the queue holds a photo once."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from coachwork.cases.case import Facts
from coachwork.photos.quality import USUAL_LIMITS
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import ALL_PHOTOS, BY_ITSELF, Reaction, ReactionError, ReactionState
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.labelling_store import LabellingState, LabellingStore, QueuedPhoto
from coachwork.storage.loop_tables import pipeline_runs
from coachwork.storage.pipeline_run_store import GIVEN_UP_AFTER, PipelineRunStore, RunState
from coachwork.storage.reaction_store import ReactionStore


@pytest.fixture
def store(database: Database) -> ReactionStore:
    return ReactionStore(database)


def taken(
    store: ReactionStore, action: Action = Action.TIGHTEN_ADVICE, key: str = "a", by: str = BY_ITSELF, **detail: float
) -> tuple[Reaction, bool]:
    return store.take(action, Condition.DRIFT_SEEN, key=key, photos=ALL_PHOTOS, why="w", detail=detail, by=by)


def test_nothing_was_done_at_first(store: ReactionStore) -> None:
    assert (store.all(), store.paused(), store.holds()) == ([], {}, [])
    assert store.limits() == USUAL_LIMITS


def test_the_same_action_is_taken_once(store: ReactionStore) -> None:
    first, new = taken(store, brightness=0.5)
    again, newer = taken(store, brightness=0.9)
    assert (new, newer, again) == (True, False, first)
    assert taken(store, Action.QUEUE_PHOTOS)[1]
    assert store.limits().brightness == 0.5


def test_an_undone_action_has_no_effect_and_is_not_taken_again(store: ReactionStore) -> None:
    first, _ = taken(store, brightness=0.5)
    undone = store.undo(first.number, by="Ada", why="the lamps are on again")
    assert (undone.state, undone.ended_by, undone.ended_why) == (ReactionState.UNDONE, "Ada", "the lamps are on again")
    assert store.limits() == USUAL_LIMITS
    assert taken(store, brightness=0.5) == (undone, False)
    with pytest.raises(ReactionError, match="undone already, by Ada"):
        store.undo(first.number, by="Bob", why="")
    with pytest.raises(ReactionError, match="there is no reaction 77"):
        store.undo(77, by="Bob", why="")


def test_a_paused_action_is_kept_without_effect_but_a_person_may_take_it(store: ReactionStore) -> None:
    store.pause(Action.PAUSE_OFFERS, by="Ada", why="fair")
    assert taken(store, Action.PAUSE_OFFERS)[0].state is ReactionState.PAUSED
    assert store.holds() == []
    by_hand, _ = taken(store, Action.PAUSE_OFFERS, key="b", by="Ada")
    assert store.holds() == [by_hand]
    assert store.paused() == {Action.PAUSE_OFFERS: "by Ada: fair"}
    assert store.resume(Action.PAUSE_OFFERS)
    assert not store.resume(Action.PAUSE_OFFERS)
    assert taken(store, Action.PAUSE_OFFERS, key="c")[0].stands


def test_an_input_is_worked_on_once(database: Database) -> None:
    runs = PipelineRunStore(database)
    run, mine = runs.begin("data", "digest", why="new file")
    assert mine
    assert not runs.begin("data", "digest", why="again")[1]
    done = runs.end(run, RunState.DONE, {"version": "1"})
    assert runs.begin("data", "digest", why="again") == (done, False)
    assert runs.begin("train", "digest", why="another pipeline")[1]
    assert [one.pipeline for one in runs.all()] == ["train", "data"]


def test_a_run_that_failed_or_died_is_taken_over(database: Database) -> None:
    runs = PipelineRunStore(database)
    run, _ = runs.begin("data", "digest", why="w")
    runs.end(run, RunState.FAILED, {"problem": "p"})
    again, mine = runs.begin("data", "digest", why="w")
    assert (mine, again.number, again.state) == (True, run.number, RunState.RUNNING)
    with database.writing() as connection:
        long_ago = now() - GIVEN_UP_AFTER - timedelta(seconds=1)
        connection.execute(update(pipeline_runs).values(alive=long_ago))
    assert runs.begin("data", "digest", why="w")[1]


def test_the_queue_holds_a_photo_once_and_the_darkest_first(
    database: Database, store: ReactionStore, cases: CaseStore, tenant: str
) -> None:
    queue, reaction = LabellingStore(database), taken(store, Action.QUEUE_PHOTOS)[0]
    case = cases.open_case(tenant, Facts(), by="a").id
    photos = [
        QueuedPhoto(tenant=tenant, case=case, sha256=f"{n:064x}", name=f"{n}.jpg", rank=1 - n / 10, why="dark")
        for n in range(3)
    ]
    assert queue.add(photos, reaction) == 3
    assert queue.add(photos, reaction) == 0
    assert [one.name for one in queue.photos()] == ["2.jpg", "1.jpg", "0.jpg"]
    assert queue.mark([photos[0].sha256, "f" * 64], LabellingState.LABELLED) == 1
    assert queue.withdraw(reaction.number) == 2
    assert [one.state for one in queue.photos()] == [
        LabellingState.WITHDRAWN,
        LabellingState.WITHDRAWN,
        LabellingState.LABELLED,
    ]
    assert queue.add(photos, reaction) == 2
