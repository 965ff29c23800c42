import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from coachwork.cli.render import RenderError, render_command


def test_render_writes_photos_and_their_truth_and_repeats_them(tmp_path: Path) -> None:
    options = ["--count", "2", "--seed", "10", "--size", "160x120"]
    for folder in ("one", "two"):
        done = CliRunner().invoke(render_command, [*options, "--to", str(tmp_path / folder)], catch_exceptions=False)
        assert done.exit_code == 0
        assert "wrote 2 photos" in done.output
    names = ["rendered-000010.jpg", "rendered-000011.jpg"]
    truth = json.loads((tmp_path / "one" / "truth.coco.json").read_text())
    assert [image["file_name"] for image in truth["images"]] == names
    assert truth["annotations"]
    for name in names:
        first, second = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert first == second
        with Image.open(tmp_path / "one" / name) as photo:
            assert photo.size == (160, 120)


def test_undamaged_photos_have_an_empty_truth(tmp_path: Path) -> None:
    options = ["--count", "1", "--size", "160x120", "--undamaged", "--to", str(tmp_path)]
    assert CliRunner().invoke(render_command, options, catch_exceptions=False).exit_code == 0
    assert json.loads((tmp_path / "truth.coco.json").read_text())["annotations"] == []


@pytest.mark.parametrize("size", ["1280", "12xb", "0x0", "-5x90", "63x64", "5000x100", "x", "", "²x100"])
def test_a_wrong_size_is_named(size: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(render_command, ["--size", size, "--to", str(tmp_path)])
    assert done.exit_code == 2
    assert "--size" in done.output


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    options = ["--count", "1", "--size", "64x64", "--to", str(tmp_path / "file" / "below")]
    with pytest.raises(RenderError, match="choose another folder"):
        CliRunner().invoke(render_command, options, catch_exceptions=False)
