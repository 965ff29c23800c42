"""`coachwork reactions` and `coachwork pipelines` as people use them."""

import json
from pathlib import Path

import pytest

from coachwork.cases.case import CasePhoto, Facts
from coachwork.cases.identity import new_id
from coachwork.cli.main import run
from coachwork.cli.reactions import _ACTIONS
from coachwork.geometry.size import Size
from coachwork.reactions.answers import ANSWERS, Action, Condition
from coachwork.reactions.reaction import ALL_PHOTOS
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.labelling_store import LabellingStore
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.pipeline_run_store import PipelineRunStore, RunState
from coachwork.storage.reaction_store import ReactionStore

SHA256 = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"  # of b"0"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path / "data"))
    database = Database(f"sqlite:///{tmp_path / 'data' / 'coachwork.db'}")
    database.migrate()
    return database


def queued(database: Database, photos: Path) -> int:
    """A reaction with one photo in the labelling queue."""
    tenant = KeyStore(database).tenant("default")
    cases, queue = CaseStore(database), LabellingStore(database)
    case = cases.open_case(tenant, Facts(), by="a")
    photo = CasePhoto(
        id=new_id("photo"),
        place=0,
        sha256=SHA256,
        name="dark.JPG",
        media_type="image/jpeg",
        bytes=1,
        size=Size(height=1, width=1),
        usable=True,
        advice=(),
        added=now(),
    )
    cases.add_photo(tenant, case.id, photo, by="a")
    PhotoStore(str(photos)).put(tenant, SHA256, b"0")
    reaction, _ = ReactionStore(database).take(
        Action.QUEUE_PHOTOS, Condition.DRIFT_SEEN, key="k", photos=ALL_PHOTOS, why="it is dark"
    )
    found = queue.of_case(case.id, SHA256, rank=0.2, why="dark: brightness 0.20")
    assert found is not None
    queue.add([found], reaction)
    return reaction.number


def test_where_nothing_was_done_the_list_is_empty(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert database.answers()
    assert run(["reactions", "list"]) == 0
    assert run(["reactions", "queue"]) == 0
    assert capsys.readouterr().out == ""


def test_a_reaction_is_listed_undone_and_its_photos_withdrawn(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = queued(database, tmp_path / "data" / "photos")
    assert run(["reactions", "list", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["reactions"]
    assert (told["number"], told["action"], told["state"]) == (number, "queue-photos", "done")
    assert run(["reactions", "undo", str(number), "--why", "it is dusk", "--by", "Ada"]) == 0
    assert "withdrawn from the labelling queue: 1 photo\n" in capsys.readouterr().out
    assert run(["reactions", "undo", str(number), "--why", "again"]) == 1
    assert "undone already, by Ada" in capsys.readouterr().err


def test_the_queue_is_written_once_for_annotators(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queued(database, tmp_path / "data" / "photos")
    assert run(["reactions", "queue", "--to", str(tmp_path / "label")]) == 0
    (file,) = (tmp_path / "label").iterdir()
    assert (file.name, file.read_bytes()) == (f"0001-{SHA256[:12]}.jpg", b"0")
    assert run(["reactions", "queue", "--to", str(tmp_path / "label")]) == 1
    assert "holds something already" in capsys.readouterr().err
    assert run(["reactions", "queue", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["state"] == "exported"


def test_actions_are_paused_and_resumed(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reactions", "pause", "train", "--why", "the machine is needed", "--by", "Ada"]) == 0
    assert ReactionStore(database).is_paused(Action.TRAIN)
    assert run(["reactions", "list"]) == 0
    assert "train is paused by Ada: the machine is needed" in capsys.readouterr().out
    assert run(["reactions", "resume", "train"]) == 0
    assert not ReactionStore(database).is_paused(Action.TRAIN)


def test_each_action_can_be_named() -> None:
    assert set(_ACTIONS) == set(Action)


def test_the_table_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reactions", "table"]) == 0
    told = capsys.readouterr().out
    assert all(f"{one.condition} -> {one.action}" in told and one.stop in told for one in ANSWERS)


def test_pipelines_begin_with_settings(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert database.answers()
    assert run(["pipelines", "run", "data"]) == 1
    assert "coachwork pipelines init" in capsys.readouterr().err
    assert run(["pipelines", "init"]) == 0
    assert run(["pipelines", "init"]) == 1
    assert run(["pipelines", "run", "data"]) == 0
    assert capsys.readouterr().out.endswith("no new annotations\n")
    assert run(["pipelines", "run", "inference"]) == 0
    assert "no listings are named" in capsys.readouterr().out
    assert run(["pipelines", "list", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["pipelines"]) == [
        "data",
        "training",
        "inference",
        "monitoring",
        "release",
    ]
    assert (tmp_path / "data" / "pipelines.toml").is_file()


def test_a_training_that_is_not_carried_out_yet_is_only_begun(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ReactionStore(database)
    taken, _ = store.take(Action.TRAIN, Condition.DRIFT_BEYOND, key="k", photos=ALL_PHOTOS, why="it is dark")
    assert run(["reactions", "list"]) == 0
    assert "train             begun" in capsys.readouterr().out
    store.end(taken.number, by="the loop", why="run 1: passed")
    assert run(["reactions", "list"]) == 0
    assert "train             ended" in capsys.readouterr().out


def test_the_list_of_runs_tells_what_the_gates_said(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    store = PipelineRunStore(database)
    trained, _ = store.begin("training", "k", why="24 new photos")
    store.end(trained, RunState.DONE, {"gates": "passed: none of 28 checks stands in the way"})
    store.begin("data", "k", why="another file")
    assert run(["pipelines", "list"]) == 0
    said = capsys.readouterr().out
    assert "24 new photos: passed: none of 28 checks stands in the way\n" in said
    assert "another file\n" in said
