"""The settings that ship are read, and faults are told by line."""

from pathlib import Path

import pytest

from coachwork.pipelines.loop.settings import LoopSettings, PipelineFileError, read_loop_settings, sample_settings


def read(tmp_path: Path, text: str) -> LoopSettings:
    path = tmp_path / "pipelines.toml"
    path.write_text(text, encoding="utf-8")
    return read_loop_settings(path)


def test_the_sample_is_read_and_holds_the_defaults(tmp_path: Path) -> None:
    found = read(tmp_path, sample_settings())
    assert found.data.watch == tmp_path / "annotations"
    assert found.data.dataset == str(tmp_path / "datasets/damage")
    bare = '[data]\nwatch = "annotations"\ndataset = "datasets/damage"\n[training]\nplan = "plans/fine-tune.toml"\n'
    assert read(tmp_path, bare) == found


def test_addresses_stay_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, sample_settings().replace('"datasets/', '"s3://sets/')).data.dataset == "s3://sets/damage"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("least_photos = 20", "least_photo = 20", "did you mean least_photos?"),
        ("canary_share = 0.1", "canary_share = 3", "must lie between"),
        ("auto = false", 'auto = "no"', "must be true or false"),
        ('watch = "annotations"', "", "is missing"),
        ("[data]", "[date]", "add a table [data]"),
    ],
)
def test_a_fault_is_told_by_its_line(tmp_path: Path, before: str, after: str, told: str) -> None:
    with pytest.raises((PipelineFileError, ExceptionGroup)) as caught:
        read(tmp_path, sample_settings().replace(before, after, 1))
    error = caught.value
    found = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    assert any(told in str(one) and "pipelines.toml, line" in str(one) for one in found)
