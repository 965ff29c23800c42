"""The word `shipped` in the place of a bundle's folder."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from coachwork.cli.bundle_path import BundlePath
from coachwork.cli.main import coachwork, run
from coachwork.inference.bundle import bundle_folder, load_bundle, shipped_bundle_folder

READ = [
    "assess --bundle",
    "average CHECKPOINTS",
    "calibrate BUNDLE",
    "dataset report --bundle",
    "drill bad-release --champion",
    "drill bad-release --initial",
    "drill new-annotations --champion",
    "drill new-annotations --initial",
    "drill poor-lighting --champion",
    "drill poor-lighting --initial",
    "evaluate BUNDLE",
    "evaluate-estimates --bundle",
    "inspect --bundle",
    "leaderboard PLACES",
    "monitor check --bundle",
    "monitor power --bundle",
    "monitor signals --bundle",
    "preannotate --bundle",
    "registry add BUNDLE",
    "registry reproduce --bundle",
    "select --bundle",
    "severity evaluate --bundle",
]


def parameters(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Parameter]]:
    """Every parameter of a command and of all below it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            below = command.get_command(context, word)
            assert below is not None
            yield from parameters(below, f"{name} {word}".strip())
    for one in command.params:
        shown = one.opts[0] if isinstance(one, click.Option) else (one.name or "").upper()
        yield f"{name} {shown}", one


def test_every_argument_that_reads_a_bundle_knows_the_word() -> None:
    found = {name: one for name, one in parameters(coachwork) if isinstance(one.type, BundlePath)}
    assert sorted(found) == READ
    for name, one in parameters(coachwork):
        if "bundle" in name.lower() and isinstance(one.type, click.Path):
            assert name in found or name == "export BUNDLE", f"{name} reads a bundle"


def test_the_word_is_the_folder_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shipped").mkdir()
    kind = BundlePath(exists=True, file_okay=False)
    assert kind.convert("shipped", None, None) == bundle_folder("shipped") == shipped_bundle_folder()
    assert kind.convert("./shipped", None, None).resolve() == tmp_path / "shipped"
    with pytest.raises(click.BadParameter, match="nowhere"):
        kind.convert("nowhere", None, None)


@pytest.mark.parametrize(
    "line",
    [
        "calibrate shipped --on DATA --to shipped",
        "variants shipped --on DATA",
        "monitor profile shipped DATA",
        "monitor profile bundles/mine DATA --out shipped",
        "export run/best.pt shipped",
    ],
)
def test_nothing_is_written_into_the_package(
    line: str, damaged: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(line.replace("DATA", str(damaged)).split()) == 2
    said = capfd.readouterr().err
    assert "nothing is written: name a folder of your own, such as a copy of" in said
    assert not Path("shipped").exists()


def test_variants_of_the_shipped_model_are_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["variants", "shipped", "--show", "--json", "-"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert len(told["variants"]) == len(load_bundle().variants)
