import re
from pathlib import Path

import pytest

from coachwork.registry.gate_toml import GateFileError, read_gates, shipped_gates_path


@pytest.fixture
def shipped() -> str:
    return shipped_gates_path().read_text(encoding="utf-8")


def read(folder: Path, text: str) -> None:
    path = folder / "gates.toml"
    path.write_text(text, encoding="utf-8")
    read_gates(path)


def test_the_gates_that_ship_are_all_on() -> None:
    limits = read_gates()
    assert limits.left_out == ()
    assert limits.types is not None
    assert limits.types.of("dent").undecided_blocks
    assert limits.types.of("rust").worse_by == 0.10
    assert limits.smoke is not None
    assert limits.smoke.expects["too-dark.jpg"] == ("uncertain",)
    assert limits.licences is not None
    assert limits.licences.allows("cc by 4.0")
    assert not limits.licences.allows("CC BY-NC 4.0")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[size]", "[sizes]", r"line \d+: sizes is not known here: did you mean size\?"),
        ("worse_by = 0.02", "worse_by = 2", r"line 12: headline.worse_by must lie between 0 and 1"),
        ('undecided = "blocks"', 'undecided = "maybe"', '"blocks" or "passes"'),
        ("[types.only.rust]", "[types.only.dirt]", "types.only.dirt is not known here"),
        ('figures = ["ap50"]', 'figures = ["f2"]', "slices.figures knows ap50, auroc, miss_rate"),
        ("cores = 2", "cores = 2.5", "whole number"),
        ('"too-dark.jpg" = ["uncertain"]', '"too-dark.jpg" = ["dark"]', "knows damaged, none, uncertain"),
        ('"too-dark.jpg" = ["uncertain"]', '"../too-dark.jpg" = ["none"]', "name of a file"),
        ("tolerance = 0.001", "", "parity.tolerance is missing"),
        ("[headline]", "[headline", "is not valid TOML"),
    ],
)
def test_a_mistake_is_told_by_line(tmp_path: Path, shipped: str, old: str, new: str, said: str) -> None:
    assert old in shipped
    with pytest.raises((GateFileError, ExceptionGroup)) as told:
        read(tmp_path, shipped.replace(old, new, 1))
    errors = told.value.exceptions if isinstance(told.value, ExceptionGroup) else [told.value]
    text = "\n".join(map(str, errors))
    assert re.search(said, text), text


def test_a_gate_must_be_turned_off_by_name(tmp_path: Path, shipped: str) -> None:
    with pytest.raises(GateFileError, match="parity is missing"):
        read(tmp_path, shipped.partition("[parity]")[0] + "[smoke]\noff = true\n")
    path = tmp_path / "gates.toml"
    path.write_text(shipped.replace("[parity] ", "[parity]\noff = true  "), encoding="utf-8")
    assert read_gates(path).left_out == ("parity",)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GateFileError, match="cannot be read"):
        read_gates(tmp_path / "none.toml")
