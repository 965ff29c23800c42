import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from coachwork.cli.dataset_report import dataset_report_command
from coachwork.datasets.dataset import write_dataset
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.understanding import understand
from coachwork.datasets.version import photo_place
from coachwork.photos.fingerprint import fingerprint
from coachwork.reports.dataset_pictures import chosen_examples
from coachwork.reports.dataset_report import write_dataset_report
from coachwork.taxonomy import DamageType
from tests.datasets.made_samples import box_shape, outline_shape, picture, sample

HOSTILE = "<b>&.jpg"


def stored(folder: Path, one: Sample, pixels: NDArray[np.uint8]) -> tuple[Sample, Path]:
    """The sample as it stands for a photo that lies in a folder."""
    path = folder / f"{one.sha256[:8]}.png"
    Image.fromarray(pixels).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    place = photo_place(digest, ".png")
    return replace(one, sha256=digest, photo=place, fingerprint=fingerprint(pixels)), path


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Photos of which one was turned and leaks, one is black, and one has a doubled shape and a red patch."""
    red = np.full((300, 400, 3), 120, dtype=np.uint8)
    red[100:200, 100:200] = (250, 0, 0)
    shape = outline_shape(10, 10, 80, 10, 80, 80)
    (tmp_path / "source").mkdir()
    made = [
        stored(tmp_path / "source", sample(shape, shape, name=HOSTILE), red),
        stored(tmp_path / "source", sample(box_shape(5, 5, 60, 60), name="b", cluster="1" * 16), picture(2)),
        stored(tmp_path / "source", sample(name="b turned", split=Split.VAL), picture(2)[:, ::-1]),
        stored(tmp_path / "source", sample(name="black", annotated=frozenset()), picture(3) // 20),
    ]
    place = tmp_path / "sets" / "mine"
    write_dataset(
        place,
        sources=[Source(name="set", title="A set <i>", licence="CC0")],
        samples=[one for one, _ in made],
        photos={one.sha256: path for one, path in made},
    )
    return place


def test_a_dataset_without_photos_has_a_page(tmp_path: Path) -> None:
    write_dataset_report(understand([], tmp_path), tmp_path / "p.html", folder=tmp_path, title="Dataset none")
    assert "holds no photos" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_the_page_shows_what_is_wrong(dataset: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = CliRunner().invoke(dataset_report_command, [str(dataset), "--out", str(page)], catch_exceptions=False)
    text = page.read_text(encoding="utf-8")
    assert result.exit_code == 0
    assert str(page) in result.stdout.replace("\n", "")
    for words in ("Marked twice", "mirrored", "across a split", "too dark", "1 unlabelled", "A set &lt;i&gt;", "CC0"):
        assert words in text
    assert HOSTILE not in text
    assert not re.search(r'(src|href)="(?!data:|#)', text)


def test_the_figures_come_as_json(dataset: Path, tmp_path: Path) -> None:
    arguments = [str(dataset), "--out", str(tmp_path / "p.html"), "--json"]
    figures = json.loads(CliRunner().invoke(dataset_report_command, arguments, catch_exceptions=False).stdout)
    assert figures["schema"] == "coachwork.dataset-report/1"
    assert figures["near_duplicates"] | {"list": []} == {
        "groups": 1, "mirrored": 1, "leaks": 1, "annotated_differently": 1, "list": [],
    }  # fmt: skip
    assert figures["suspicions"]["counts"] == {"duplicate": 1}
    assert figures["photos_seen_by_model"] is None
    assert figures["quality"]["reasons"]


def test_a_model_tells_what_is_not_marked(dataset: Path, colour_bundle: Path, tmp_path: Path) -> None:
    arguments = [str(dataset), "--out", str(tmp_path / "p.html"), "--bundle", str(colour_bundle), "--json"]
    figures = json.loads(CliRunner().invoke(dataset_report_command, arguments, catch_exceptions=False).stdout)
    assert figures["photos_seen_by_model"] == 3  # the unlabelled one is not asked
    unmarked = [one for one in figures["suspicions"]["list"] if one["kind"] == "unmarked"]
    assert {(one["name"], one["found"]["type"]) for one in unmarked} >= {(HOSTILE, "dent")}
    assert "model: dent" not in (tmp_path / "p.html").read_text(encoding="utf-8")  # it is drawn, not written
    assert "The model sees damage that is not marked" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_a_missing_photo_is_told_and_ends_nothing(dataset: Path, tmp_path: Path) -> None:
    next((dataset.parent / "objects" / "photos").rglob("*.png")).unlink()
    arguments = [str(dataset), "--out", str(tmp_path / "p.html")]
    result = CliRunner().invoke(dataset_report_command, arguments, catch_exceptions=False)
    assert "1 photo cannot be read" in result.stdout


def test_examples_go_from_small_to_large_one_of_each_group() -> None:
    samples = [sample(box_shape(0, 0, side, side), name=str(side), cluster=str(side)) for side in range(10, 110, 10)]
    twin = sample(box_shape(0, 0, 5, 5), name="twin", cluster="50")
    chosen = chosen_examples([*samples, twin], DamageType.DENT, 3)
    sides = [one.shapes[0].box.width for one in chosen]
    assert sides == sorted(sides)
    assert len({one.cluster for one in chosen}) == 3
    assert chosen_examples(samples, DamageType.RUST, 3) == []
