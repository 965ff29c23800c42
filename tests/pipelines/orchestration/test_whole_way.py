"""From an annotation file to a champion, by Dagster's sensors alone: nobody types a command in between."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("dagster", reason="needs the pipelines extra")

from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import CaseState, Facts
from coachwork.casework.service import Service
from coachwork.pipelines.drills.darkening import as_jpeg
from coachwork.pipelines.loop.loop import Loop
from coachwork.reactions.answers import Action
from coachwork.settings import read_settings
from tests.pipelines.loop.made import SIZE, deliver, loop_in
from tests.pipelines.loop.test_training_and_release import gates
from tests.training.painted import dented

LONGEST_S = 1500
RELEASE = """
[release]
auto = true
shadow_photos = 4
canary_photos = 4
canary_share = 0.9
latency_ratio = 1000
disagreement = 1.0
wait_s = 120
"""
PLAN = """
types = ["dent", "scratch"]
[model]
height = 128
width = 128
pretrained = false
[data]
datasets = ["nothing/yet"]
workers = 0
[schedule]
epochs = 1
batch = 8
precision = "fp32"
[tracking]
tensorboard = false
examples = 0
"""


@contextmanager
def dagster(loop: Loop) -> Iterator[None]:
    """`coachwork pipelines serve`, as long as it is needed."""
    command = [sys.executable, "-m", "coachwork.cli.main", "pipelines", "serve", "--port", "3919"]
    settings = ["--settings", str(loop.settings.file)]
    places = {"COACHWORK_DATA_DIR": str(loop.service.data_dir), "COACHWORK_BUNDLE": str(loop.service.bundle)}
    environment = {**os.environ, **places, "MLFLOW_TRACKING_URI": ""}
    log = loop.service.data_dir / "dagster.log"
    with log.open("w") as out:
        process = subprocess.Popen([*command, *settings], env=environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def send_photo(service: Service, number: int) -> None:
    scopes = frozenset({Scope.READ, Scope.WRITE})
    caller = Caller(tenant=service.keys.tenant("default"), name="t", scopes=scopes)
    case = service.cases.open_case(caller.tenant, Facts(), by="t")
    service.add_photo(caller, case.id, as_jpeg(dented(1000 + number, SIZE)[0]), "a.jpg")
    service.submit(caller, case.id)
    until = time.monotonic() + 60
    while service.cases.case(caller.tenant, case.id).state is CaseState.WORKING and time.monotonic() < until:
        time.sleep(0.1)


@pytest.mark.slow
def test_an_annotation_file_becomes_a_champion_by_itself(tmp_path: Path, colour_bundle: Path) -> None:
    gates(tmp_path)
    loop = loop_in(tmp_path, RELEASE, training='gates = "gates.toml"')
    (tmp_path / "plan.toml").write_text(PLAN)
    loop.service = replace(loop.service, bundle=colour_bundle)
    places = {"COACHWORK_DATA_DIR": str(loop.service.data_dir), "COACHWORK_BUNDLE": str(colour_bundle)}
    service = Service(read_settings(places))
    service.start()
    try:
        with dagster(loop):
            deliver(loop, "first", range(24))
            begun, number = time.monotonic(), 0
            while time.monotonic() < begun + LONGEST_S:
                release = service.models.store.read()
                if release.champion is not None and release.champion.version == "2":
                    break
                if release.challenger is not None:
                    send_photo(service, number)
                    number += 1
                else:
                    time.sleep(1)
            took_s = time.monotonic() - begun
            champion = service.models.store.read().champion
        assert champion is not None
        assert champion.version == "2"
        actions = [one.action for one in loop.reactions.all()]
        assert [actions.count(one) for one in (Action.MAKE_VERSION, Action.TRAIN, Action.RELEASE)] == [1, 1, 1]
        assert [run.pipeline for run in loop.runs.all() if run.pipeline != "monitoring"].count("training") == 1
        service.models.follow()
        assert service.models.serving().champion.version == "2"
        print(json.dumps({"from annotation file to champion, s": round(took_s)}))  # noqa: T201
    finally:
        service.stop()
        loop.close()
