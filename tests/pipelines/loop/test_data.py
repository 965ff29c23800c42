"""A delivery becomes a checked version once, and what is refused never touches the dataset."""

import re
import shutil
from pathlib import Path

import pytest

from coachwork.datasets.store import DatasetStore
from coachwork.pipelines.loop.data import new_deliveries, take_corrections, take_deliveries
from coachwork.pipelines.loop.deliveries import deliveries, digest_of
from coachwork.reactions.answers import Action, Condition
from coachwork.storage.pipeline_run_store import RunState
from tests.pipelines.loop.made import deliver, loop_in


def versions(folder: Path) -> list[str]:
    store = DatasetStore(folder / "datasets")
    return [head.version for head in store.history("damage")]


def test_where_nothing_is_watched_nothing_is_delivered(tmp_path: Path) -> None:
    loop = loop_in(tmp_path)
    assert take_deliveries(loop) == []
    assert take_corrections(loop) is None
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "empty").mkdir()
    assert take_deliveries(loop) == []


def test_a_delivery_becomes_a_version_with_a_report(tmp_path: Path) -> None:
    loop = loop_in(tmp_path)
    deliver(loop, "first", range(4))
    (run,) = take_deliveries(loop)
    assert (run.state, run.result["new_photos"], run.result["photos"]) == (RunState.DONE, 4, 4)
    assert versions(tmp_path) == [run.result["version"]]
    assert "New in version" in Path(run.result["report"]).read_text(encoding="utf-8")
    (reaction,) = loop.reactions.all()
    assert (reaction.action, reaction.condition) == (Action.MAKE_VERSION, Condition.NEW_ANNOTATIONS)
    assert reaction.why == f"first: 4 new photos make version {run.result['version'][:12]}"


def test_the_same_files_make_the_same_version_and_no_second_run(tmp_path: Path) -> None:
    loop = loop_in(tmp_path)
    first = deliver(loop, "first", range(4))
    take_deliveries(loop)
    assert new_deliveries(loop) == ()
    shutil.copytree(first, first.with_name("again"))
    assert new_deliveries(loop) == ()
    assert take_deliveries(loop) == []
    other = loop_in(tmp_path / "elsewhere")
    shutil.copytree(first, other.settings.data.watch / "renamed")
    (run,) = take_deliveries(other)
    assert [run.result["version"]] == versions(tmp_path) == versions(tmp_path / "elsewhere")


def test_a_second_delivery_grows_the_dataset(tmp_path: Path) -> None:
    loop = loop_in(tmp_path)
    deliver(loop, "first", range(4))
    deliver(loop, "second", range(3, 8))
    first, second = take_deliveries(loop)
    assert (second.result["parent"], second.result["new_photos"]) == (first.result["version"], 4)
    assert second.result["photos"] == 8


@pytest.mark.parametrize(
    ("fault", "why"),
    [({"label": "banana"}, "does not know .banana."), ({"broken": 3}, r"has 3 problems in 4 photos \(75%")],
)
def test_a_delivery_with_faults_is_refused_and_a_mended_one_taken(
    tmp_path: Path, fault: dict[str, object], why: str
) -> None:
    loop = loop_in(tmp_path)
    folder = deliver(loop, "first", range(4), **fault)  # type: ignore[arg-type]
    (run,) = take_deliveries(loop)
    assert run.state is RunState.REFUSED
    assert re.search(why, run.result["problem"])
    assert not (tmp_path / "datasets").exists()
    (reaction,) = loop.reactions.all()
    assert (reaction.action, reaction.condition) == (Action.REFUSE_DATA, Condition.FAILED_CHECKS)
    assert reaction.why == run.result["problem"]
    assert take_deliveries(loop) == []
    shutil.rmtree(folder)
    deliver(loop, "first", range(4))
    assert [one.state for one in take_deliveries(loop)] == [RunState.DONE]


@pytest.mark.parametrize("left", [0, 60])
def test_a_file_that_was_cut_off_makes_no_version_of_unlabelled_photos(tmp_path: Path, left: int) -> None:
    loop = loop_in(tmp_path)
    file = deliver(loop, "first", range(4)) / "annotations.json"
    file.write_bytes(file.read_bytes()[:left])
    (run,) = take_deliveries(loop)
    assert run.state is RunState.REFUSED
    assert not (tmp_path / "datasets").exists()


def test_a_paused_pipeline_leaves_deliveries_where_they_lie(tmp_path: Path) -> None:
    loop = loop_in(tmp_path)
    deliver(loop, "first", range(4))
    loop.reactions.pause(Action.MAKE_VERSION, by="Ada", why="the labels are being revised")
    assert take_deliveries(loop) == []
    loop.reactions.resume(Action.MAKE_VERSION)
    assert len(take_deliveries(loop)) == 1


def test_what_is_not_whole_yet_is_no_delivery(tmp_path: Path) -> None:
    (tmp_path / "a.json.part").write_text("{}")
    (tmp_path / ".hidden.json").write_text("{}")
    (tmp_path / "fresh.json").write_text("{}")
    assert deliveries(tmp_path, quiet_s=60) == ()
    assert [one.path.name for one in deliveries(tmp_path, quiet_s=0)] == ["fresh.json"]


def test_a_digest_names_content_and_inner_names_alone(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("y" if name == "c" else "x")).write_text("2" if name == "d" else "1")
    first, second, renamed, changed = (digest_of(tmp_path / name) for name in ("a", "b", "c", "d"))
    assert first == second
    assert len({first, renamed, changed}) == 3
