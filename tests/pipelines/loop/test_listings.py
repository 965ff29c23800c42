"""Listings are assessed by the champion, each photo once."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("apache_beam", reason="needs the bulk extra")
pytest.importorskip("mlflow", reason="needs the train extra")

from coachwork.pipelines.drills.darkening import as_jpeg
from coachwork.pipelines.loop.listings import assess_listings
from coachwork.pipelines.loop.running import run_pipeline
from tests.pipelines.loop.made import SIZE, loop_in
from tests.training.painted import dented


def test_without_a_source_nothing_is_done(tmp_path: Path) -> None:
    assert assess_listings(loop_in(tmp_path)) is None


@pytest.mark.slow
def test_new_listings_are_assessed_once(tmp_path: Path, colour_bundle: Path) -> None:
    loop = loop_in(tmp_path, '[listings]\nsource = "listings"\nout = "assessed"')
    loop.service = replace(loop.service, bundle=colour_bundle)
    photos = tmp_path / "listings"
    photos.mkdir()
    for number in range(3):
        (photos / f"{number}.jpg").write_bytes(as_jpeg(dented(number, SIZE)[0]))
    assert "done" in run_pipeline(loop, "inference")
    assert run_pipeline(loop, "inference") == "no new listings"
    (photos / "3.jpg").write_bytes(as_jpeg(dented(3, SIZE)[0]))
    found = assess_listings(loop)
    assert found is not None
    run, done = found
    assert done
    assert (run.result["photos"], run.result["done_before"]) == (1, 3)
    assert list(Path(run.result["out"]).glob("photos/*"))
