"""Dagster's side: what it loads, what sensors ask for, and that one input leads to one run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("dagster", reason="needs the pipelines extra")

from dagster import DagsterInstance, Definitions, SensorDefinition, build_sensor_context

from coachwork.pipelines.loop.data import take_deliveries
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.running import PIPELINES
from coachwork.pipelines.orchestration import sensors
from coachwork.pipelines.orchestration.assets import ALL_ASSETS, ASSETS
from coachwork.pipelines.orchestration.place import SETTINGS
from coachwork.pipelines.orchestration.serving import dagster_home, environment
from coachwork.reactions.answers import Action
from tests.pipelines.loop.made import deliver, loop_in

pytestmark = pytest.mark.filterwarnings("default")  # Dagster's own ways are not ours to judge


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    loop = loop_in(tmp_path)
    monkeypatch.setenv(SETTINGS, str(loop.settings.file))
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(loop.service.data_dir))
    yield loop
    loop.close()


@pytest.fixture
def defs(loop: Loop) -> Definitions:
    assert loop
    jobs, schedules = list(sensors.JOBS.values()), list(sensors.schedules())
    return Definitions(assets=list(ALL_ASSETS), jobs=jobs, sensors=list(sensors.SENSORS), schedules=schedules)


def keys_of(name: str) -> list[str | None]:
    (found,) = [one for one in sensors.SENSORS if one.name == name]
    assert isinstance(found, SensorDefinition)
    with DagsterInstance.ephemeral() as instance, build_sensor_context(instance=instance) as context:
        told = found.evaluate_tick(context)
    return [request.run_key for request in told.run_requests or ()]


def test_each_pipeline_has_its_job_and_asset_and_runs_by_itself(defs: Definitions) -> None:
    repository = defs.get_repository_def()
    assert set(PIPELINES) <= {job.name for job in repository.get_all_jobs()}
    assert {key.to_user_string() for key in repository.assets_defs_by_key} == set(ASSETS.values())
    started = {one.job_name for one in repository.schedule_defs} | {one.job_name for one in repository.sensor_defs}
    assert started == set(PIPELINES)


def test_where_nothing_is_there_no_sensor_asks_for_anything(loop: Loop) -> None:
    assert loop
    assert [keys_of(one.name) for one in sensors.SENSORS] == [[]] * len(sensors.SENSORS)


def test_a_delivery_is_asked_for_by_its_digest_until_it_was_taken(loop: Loop) -> None:
    deliver(loop, "first", range(4))
    first = keys_of("new_annotations")
    assert first == keys_of("new_annotations")
    assert len(first) == 1
    take_deliveries(loop)
    assert keys_of("new_annotations") == []
    assert len(keys_of("waiting_training")) == 1


def test_what_is_paused_is_not_asked_for(loop: Loop) -> None:
    deliver(loop, "first", range(4))
    loop.reactions.pause(Action.MAKE_VERSION, by="Ada", why="w")
    assert keys_of("new_annotations") == []
    loop.reactions.resume(Action.MAKE_VERSION)
    take_deliveries(loop)
    loop.reactions.pause(Action.TRAIN, by="Ada", why="w")
    assert keys_of("waiting_training") == []


def test_the_data_job_makes_a_version_and_a_second_run_none(loop: Loop, defs: Definitions) -> None:
    deliver(loop, "first", range(4))
    with DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("data")
        first, second = (job.execute_in_process(instance=instance) for _ in range(2))
    told = [result.asset_materializations_for_node("dataset_version")[0].metadata for result in (first, second)]
    assert "new_photos" in str(told[0]["result"].value)
    assert told[1]["said"].value == "no new annotations"
    assert len(loop.runs.all()) == 1


def test_dagsters_processes_find_the_same_places(tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COACHWORK_DATA_DIR", "relative")
    home = dagster_home(Path("relative"))
    told = environment(Path(os.path.relpath(loop.settings.file)), home)
    assert told["DAGSTER_HOME"] == str(tmp_path / "relative" / "dagster")
    assert told["COACHWORK_DATA_DIR"] == str(tmp_path / "relative")
    assert told[SETTINGS] == str(loop.settings.file)
    assert "enabled: false" in (home / "dagster.yaml").read_text(encoding="utf-8")
