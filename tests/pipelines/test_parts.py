"""Parts: whole or not at all, and what is done with one photo."""

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.tf_example import decode_example, read_records
from coachwork.inference.bundle import Bundle, BundleError
from coachwork.inference.severity_file import read_severity_rule
from coachwork.pipelines.bulk import photo_work
from coachwork.pipelines.bulk.parts import done_files, read_done, remove_remains, work_on_part
from coachwork.pipelines.bulk.photo_work import PhotoFailure, PhotoResult, PhotoTools, WorkItem, identify
from coachwork.pipelines.bulk.plan import SHIPPED_PARTS, BulkError, BulkPlan, Task
from coachwork.pipelines.bulk.rows import photo_row, photo_schema, table_of
from coachwork.pipelines.bulk.storage import FileRef, list_local, written_whole
from tests.inference.test_assessing import picture, png
from tests.inference.test_assessing_parts import part_bundle
from tests.pipelines.noise_photos import jpeg

__all__ = ["part_bundle"]


def tools_for(out: Path, **settings: Any) -> PhotoTools:
    return PhotoTools(BulkPlan(source="", out=str(out), **{"task": Task.INGEST, **settings}))


def item_of(path: Path) -> WorkItem:
    data = path.read_bytes()
    ref = FileRef(path=str(path), bytes=len(data), modified=path.stat().st_mtime)
    return WorkItem(sha256=hashlib.sha256(data).hexdigest(), files=(ref,))


def names(out: Path) -> set[str]:
    return {path.relative_to(out).parts[0] for path in out.rglob("*") if path.is_file()}


def test_a_part_without_photos_is_done(tmp_path: Path) -> None:
    assert list(work_on_part([], tools_for(tmp_path))) == []
    assert names(tmp_path) == {"photos", "tfrecord", "done"}


def test_a_part_is_named_for_its_photos_and_writes_the_same_again(
    folder: Callable[[int], Path], tmp_path: Path
) -> None:
    items = [item_of(ref) for ref in sorted(folder(3).glob("*.*"))]
    outcomes = list(work_on_part(items, tools_for(tmp_path / "a")))
    list(work_on_part(reversed(items), tools_for(tmp_path / "b")))
    first, second = (
        {str(path.relative_to(tmp_path / out)): path.read_bytes() for path in (tmp_path / out).rglob("*.*")}
        for out in "ab"
    )
    assert first == second
    assert sum(isinstance(outcome, PhotoFailure) for outcome in outcomes) == 2
    (path,) = done_files(str(tmp_path / "a"))
    assert {one.sha256 for one in read_done(path)} == {item.sha256 for item in items}


def test_a_part_that_breaks_off_leaves_nothing_with_a_name(
    folder: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tools_for(tmp_path / "out")
    monkeypatch.setattr(tools, "work", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        list(work_on_part([item_of(folder(1) / "0000.jpg")], tools))
    assert names(tmp_path / "out") == set()


def test_a_worker_of_a_replaced_run_stops(folder: Callable[[int], Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text(json.dumps({"run": "the one after"}))
    with pytest.raises(BulkError, match="another run has begun"):
        list(work_on_part([item_of(folder(1) / "0000.jpg")], tools_for(out, run="mine")))
    assert done_files(str(out)) == []
    assert remove_remains(str(out)) == 2
    assert names(out) == {"run.json"}


def test_a_file_that_is_not_written_to_its_end_has_no_name(tmp_path: Path) -> None:
    with contextlib.suppress(RuntimeError), written_whole(str(tmp_path / "x.bin")) as file:
        file.write(b"half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_photo_that_changes_vanishes_or_breaks_the_work_is_a_dead_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(1))
    tools, item = tools_for(tmp_path), item_of(path)
    monkeypatch.setattr(photo_work, "shrink", lambda *_, **__: 1 / 0)
    broken = tools.work(item)
    path.write_bytes(jpeg(2))
    changed = tools.work(item)
    path.unlink()
    gone = tools.work(item)
    reasons = []
    for outcome in (broken, changed, gone):
        assert isinstance(outcome, PhotoFailure)
        assert not outcome.for_good
        reasons.append(outcome.reason)
    assert reasons == ["unexpected", "changed", "unreadable"]


def test_a_file_that_cannot_be_read_or_is_too_large_has_no_digest(tmp_path: Path) -> None:
    plan = BulkPlan(task=Task.INGEST, source="", out="")
    gone = identify(FileRef(path=str(tmp_path / "gone.jpg"), bytes=1, modified=0.0), plan)
    assert isinstance(gone, PhotoFailure)
    assert (gone.reason, "No such file or directory" in gone.explanation) == ("unreadable", True)
    os.mkfifo(tmp_path / "pipe.jpg")  # opening it would wait until somebody writes
    pipe = identify(FileRef(path=str(tmp_path / "pipe.jpg"), bytes=0, modified=0.0), plan)
    assert isinstance(pipe, PhotoFailure)
    assert "pipe" in pipe.explanation
    (tmp_path / "pipe.jpg").unlink()
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    (ref,) = list_local(str(tmp_path))
    assert identify(ref, plan) == hashlib.sha256(jpeg(1)).hexdigest()


def test_damages_lie_on_the_stored_upright_photo(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "src" / "coachwork" / "samples"
    upright = next(path for path in sorted(sample.glob("*.jpg")) if "damage" not in path.name)
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    with Image.open(upright) as photo:
        photo.transpose(Image.Transpose.ROTATE_90).save(turned, format="JPEG", quality=95, exif=exif)
    (tmp_path / "turned.jpg").write_bytes(turned.getvalue())
    tools = tools_for(tmp_path, task=Task.TFRECORD, longest_px=320)
    found = {}
    for path in (upright, tmp_path / "turned.jpg"):
        result = tools.work(item_of(path))
        assert isinstance(result, PhotoResult)
        assert result.example is not None
        assert result.assessment is not None
        features = decode_example(result.example)
        height, width = int(features["image/height"][0]), int(features["image/width"][0])
        with Image.open(io.BytesIO(bytes(features["image/encoded"][0]))) as stored:
            assert stored.size == (width, height)
            assert max(stored.size) == 320
            assert stored.getexif().get(0x0112, 1) == 1
        edges = [features[f"image/object/bbox/{edge}"] for edge in ("xmin", "ymin", "xmax", "ymax")]
        boxes = np.array(edges).T.reshape(-1, 4)
        assert len(boxes) == len(features["image/object/class/text"]) == len(result.assessment.damages)
        assert np.all((boxes >= 0) & (boxes <= 1))
        for stored, box in zip(features.get("image/object/mask", []), boxes, strict=True):
            with Image.open(io.BytesIO(bytes(stored))) as mask:
                pixels = np.asarray(mask)
            assert pixels.shape == (height, width)
            assert set(np.unique(pixels)) <= {0, 1}
            assert box[0] * width - 2 <= np.flatnonzero(pixels.any(axis=0)).mean() <= box[2] * width + 2
        found[path.name] = (height, width)
    assert found["turned.jpg"] == found[upright.name]


def test_records_are_framed(folder: Callable[[int], Path], tmp_path: Path) -> None:
    list(work_on_part([item_of(folder(1) / "0000.jpg")], tools_for(tmp_path / "out")))
    (path,) = (tmp_path / "out" / "tfrecord").iterdir()
    with path.open("rb") as file:
        assert len(list(read_records(file))) == 1


def test_rows_carry_part_and_severity_of_each_damage(colour_bundle: Path, part_bundle: Bundle, tmp_path: Path) -> None:
    photo = tmp_path / "car.png"
    photo.write_bytes(png(picture()))
    settings: dict[str, Any] = {"task": Task.ASSESS, "bundle": str(colour_bundle)}
    told = tools_for(tmp_path, **settings, parts=str(part_bundle.folder), severity=read_severity_rule(None))
    (row,) = (photo_row(one) for one in [told.work(item_of(photo))] if isinstance(one, PhotoResult))
    table = table_of([row], photo_schema(assessed=True)).to_pylist()[0]
    said = {damage["type"]: damage for damage in table["damages"]}
    assert {kind: damage["part"] for kind, damage in said.items()} == {"dent": "bonnet", "scratch": "wheel"}
    assert all(damage["part_share"] > 0.8 and damage["severity_levels"] for damage in said.values())
    assert table["part_model_digest"] == part_bundle.digest
    assert len(table["severity_digest"]) == 64


def test_rows_say_nothing_of_what_was_not_asked(colour_bundle: Path, tmp_path: Path) -> None:
    photo = tmp_path / "car.png"
    photo.write_bytes(png(picture()))
    outcome = tools_for(tmp_path, task=Task.ASSESS, bundle=str(colour_bundle)).work(item_of(photo))
    assert isinstance(outcome, PhotoResult)
    row = table_of([photo_row(outcome)], photo_schema(assessed=True)).to_pylist()[0]
    assert row["damages"]
    assert all(damage[name] is None for damage in row["damages"] for name in ("part", "severity", "severity_levels"))
    assert (row["part_model_digest"], row["severity_digest"]) == (None, None)


def test_a_package_without_part_model_says_what_to_add(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(photo_work, "shipped_parts_folder", lambda: None)
    with pytest.raises(BundleError, match="add --parts none"):
        tools_for(tmp_path, task=Task.ASSESS, parts=SHIPPED_PARTS)
