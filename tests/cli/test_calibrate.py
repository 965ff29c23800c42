import json
from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.cli.main import run
from coachwork.inference.bundle import load_bundle
from coachwork.inference.variant import WEIGHTS_FILE
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
TileDataset = Callable[[Path, dict[str, dict[tuple[int, int], DamageType]]], Path]


def photos(count: int) -> dict[str, dict[tuple[int, int], DamageType]]:
    made: dict[str, dict[tuple[int, int], DamageType]] = {
        "x" * n: {(n % 4, n // 4 % 4): DENT if n % 2 else SCRATCH} for n in range(1, count)
    }
    return made | {"y" * n: {} for n in range(1, 6)}


def test_a_bundle_is_calibrated_on_other_photos(
    colour_bundle: Path, tile_dataset: TileDataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = tile_dataset(tmp_path / "many", photos(26))
    code = run(["calibrate", str(colour_bundle), "--on", str(data), "--to", str(tmp_path / "ours")])
    assert code == 0
    written, before = load_bundle(tmp_path / "ours"), load_bundle(colour_bundle)
    assert written.digest == before.digest
    assert written.card.verdict is not None
    assert [(group.name, group.clusters) for group in written.card.verdict.groups] == [
        ("made crops", 25),
        ("made photos", 25),
    ]
    assert written.card.verdict.at_miss_rate(0.1).none_below >= written.card.verdict.none_below > 0
    assert "30 validation photos of clean, made" in written.card.thresholds_how
    said = capfd.readouterr().out
    assert "made photos (25 cars)" in " ".join(said.split())
    assert "no car: not told" in said
    assert "cars that the calibration had not seen" in said
    assert {one.damaged for one in written.card.verdict.held_out if one.group == "made photos"} == {25}
    plain = json.loads((tmp_path / "ours" / "card.json").read_text(encoding="utf-8"))
    assert plain["dataset"] == json.loads((colour_bundle / "card.json").read_text(encoding="utf-8"))["dataset"]


def test_a_miss_rate_that_the_photos_cannot_show_is_refused(
    colour_bundle: Path, tile_dataset: TileDataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = tile_dataset(tmp_path / "few", photos(8))
    to = tmp_path / "ours"
    code = run(["calibrate", str(colour_bundle), "--on", str(data), "--to", str(to), "--miss-rate", "0.02"])
    assert code == 1
    assert "at least 49 cars" in capfd.readouterr().err
    assert not to.exists()


def test_a_bundle_may_be_calibrated_in_its_place(
    colour_bundle: Path, tile_dataset: TileDataset, tmp_path: Path
) -> None:
    data, ours = tile_dataset(tmp_path / "many", photos(26)), tmp_path / "ours"
    assert run(["calibrate", str(colour_bundle), "--on", str(data), "--to", str(ours)]) == 0
    first = (ours / "card.json").read_text(encoding="utf-8")
    (ours / WEIGHTS_FILE).write_bytes(b"to train on from")
    assert run(["calibrate", str(ours), "--on", str(data), "--to", str(ours), "--miss-rate", "0.1"]) == 0
    assert load_bundle(ours).card.verdict is not None
    assert (ours / "card.json").read_text(encoding="utf-8") != first
    assert (ours / WEIGHTS_FILE).read_bytes() == b"to train on from"
