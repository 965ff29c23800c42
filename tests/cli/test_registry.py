import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coachwork.cli.main import coachwork
from coachwork.registry.gate_toml import shipped_gates_path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, colour_bundle: Path) -> Path:
    """A registry with two versions, of which the first one is champion."""
    folder = tmp_path_factory.mktemp("registry")
    other = Path(shutil.copytree(colour_bundle, folder / "other"))
    (other / "card.json").write_text((other / "card.json").read_text().replace("0.4,", "0.45,"))
    for arguments in (
        ("add", str(colour_bundle), "--by", "anna"),
        ("promote", "1", "--despite", "the first", "--by", "anna"),
        ("add", str(other), "--by", "bert"),
    ):
        done = _run(folder, *arguments)
        assert done.exit_code == 0, done.output
    return folder


def _run(folder: Path, *arguments: str) -> Result:
    places = ["--at", str(folder / "registry"), "--release", str(folder / "release")]
    taken = places if arguments[0] != "reproduce" else places[:2]
    return CliRunner().invoke(coachwork, ["registry", *arguments, *taken])


def test_versions_are_listed_with_the_champion(place: Path) -> None:
    told = json.loads(_run(place, "list", "--json").stdout)
    assert [(one["version"], one["aliases"], one["by"]) for one in told["versions"]] == [
        ("2", [], "bert"),
        ("1", ["champion"], "anna"),
    ]
    assert told["release"]["champion"]["version"] == "1"
    assert "champion: damage 1" in _run(place, "list").stdout


def test_a_version_is_shown_with_its_days_as_champion(place: Path) -> None:
    said = _run(place, "show", "champion").stdout
    assert "damage 1 (champion)" in said
    assert "despite the gates: the first" in said
    assert json.loads(_run(place, "show", "2", "--json").stdout)["lineage"]["parent"]
    assert "no version" in str(_run(place, "show", "7").exception)


def test_what_was_not_asked_is_not_promoted(place: Path) -> None:
    refused = _run(place, "promote", "2")
    assert refused.exit_code == 1
    assert "coachwork registry gate 2" in str(refused.exception)


def test_promoting_and_rolling_back(place: Path) -> None:
    done = json.loads(_run(place, "promote", "2", "--despite", "a test", "--json").stdout)
    assert done["champion"]["version"] == "2"
    assert _run(place, "rollback", "--why", " ").exit_code == 2
    back = _run(place, "rollback", "--why", "calls rust scratches", "--by", "anna")
    assert "champion: damage 1" in back.stdout
    assert "rolled_back by anna: calls rust scratches" in back.stdout


def test_the_gates_that_ship_are_printed(place: Path) -> None:
    assert _run(place, "gate", "2", "--print-gates").stdout == shipped_gates_path().read_text(encoding="utf-8")
    asked = _run(place, "gate", "2")
    assert asked.exit_code == 2
    assert "--on" in asked.output


def test_help_of_each_command_has_no_traceback(place: Path) -> None:
    for name in ("list", "show", "add", "gate", "promote", "rollback", "reproduce"):
        said = CliRunner().invoke(coachwork, ["registry", name, "--help"])
        assert said.exit_code == 0
        assert said.stdout.startswith("Usage: ")
    assert place.is_dir()
