"""The commands of `coachwork release`, on a data folder of their own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coachwork.cli.main import run
from coachwork.inference.bundle import load_bundle, write_bundle
from coachwork.registry.release import Mode
from coachwork.registry.trial import Compared
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.release_trials import TrialStore
from tests.casework.releasing import make_bundle

Call = Callable[..., str]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command and returns what it printed; fails where it failed."""
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path / "data"))

    def called(*arguments: str, code: int = 0) -> str:
        assert run(["release", *arguments]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return called


def test_an_empty_one_is_told_and_has_nothing_to_stop(call: Call) -> None:
    assert "each server's own bundle" in call("status")
    assert call("history") == ""
    assert "start a trial" in call("differences")
    assert "no challenger to take back" in call("stop", code=1)
    assert "no challenger to promote" in call("promote", code=1)
    assert "no earlier champion" in call("rollback", code=1)
    assert "name the bundle" in call("canary", "--share", "0.1", code=1)


def test_an_empty_history_is_told_beside_what_programs_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path / "data"))
    assert run(["release", "history"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, "never changed" in printed.err) == ("", True)


def test_from_shadow_to_champion_and_back(call: Call, colour_bundle: Path, tmp_path: Path) -> None:
    made = make_bundle(tmp_path, colour_bundle, 2)
    shadow = json.loads(
        call("shadow", made.place, "--bundle-version", "2", "--min-photos", "7", "--why", "so", "--json")
    )
    assert (shadow["mode"], shadow["challenger"]["digest"], shadow["why"]) == ("shadow", made.digest, "so")
    assert shadow["limits"]["min_photos"] == 7
    assert Path(shadow["challenger"]["place"]) == tmp_path / "data" / "bundles"
    canary = json.loads(call("canary", "--share", "0.1", "--json"))
    assert (canary["share"], canary["limits"]["min_photos"]) == (0.1, 7)
    assert "no tenant north" in call("canary", "--tenant", "north", code=2)
    database = Database(f"sqlite:///{tmp_path / 'data' / 'coachwork.db'}")
    KeyStore(database).tenant("north")
    database.close()
    assert json.loads(call("canary", "--tenant", "north", "--json"))["tenants"] == ["north"]
    assert "only be raised" in call("canary", "--share", "0.05", code=1)
    assert "canary: 10% of the cases and all cases of north" in call("status")
    assert "champion is colours 2" in call("promote")
    assert "each server's own bundle" in call("rollback", "--why", "no good")
    rows = [json.loads(line) for line in call("history", "--json").splitlines()]
    assert [row["action"] for row in rows] == ["rolled_back", "promoted", "share", "canary", "shadow"]
    assert "no good" in call("history", "--limit", "1")
    assert "champion is colours 2" in call("appoint", made.place, "--bundle-version", "2")


def test_a_version_of_the_registry_is_tried_by_its_number_and_the_gates_stand_in_the_history(
    call: Call, colour_bundle: Path, tmp_path: Path
) -> None:
    assert "no folder of a bundle, and no version" in call("shadow", "1", code=2)
    assert run(["registry", "add", str(colour_bundle)]) == 0
    call("status")
    shadow = json.loads(call("shadow", "1", "--json"))
    assert (shadow["challenger"]["name"], shadow["challenger"]["version"]) == ("damage", "1")
    assert Path(shadow["challenger"]["place"]) == tmp_path / "data" / "registry" / "bundles"
    assert not (tmp_path / "data" / "bundles").exists()
    assert "leave out" in call("canary", "1", "--share", "0.1", "--bundle-version", "7", code=2)
    promoted = json.loads(call("promote", "--why", "looks good", "--json"))
    assert promoted["why"] == "looks good [the gates were not asked]"
    assert "no version is called '7'" in call("appoint", "7", code=1)


def test_status_and_differences_tell_what_the_trial_showed(call: Call, colour_bundle: Path, tmp_path: Path) -> None:
    made = make_bundle(tmp_path, colour_bundle, 2)
    call("shadow", made.place)
    database = Database(f"sqlite:///{tmp_path / 'data' / 'coachwork.db'}")
    seen: dict[str, Any] = {
        "trial": 1,
        "mode": Mode.SHADOW,
        "tenant": KeyStore(database).tenant("north"),
        "case": None,
        "sha256": "ab" * 32,
        "champion_digest": "",
        "challenger_digest": made.digest,
        "champion_verdict": "damaged",
        "champion_damages": 2,
        "champion_ms": 50.0,
        "at": now(),
    }
    trials = TrialStore(database)
    trials.add(Compared(**seen, challenger_verdict="none", challenger_damages=0, disagrees=True, challenger_ms=60.0))
    trials.add(Compared(**seen, challenger_verdict="damaged", challenger_damages=2, boxes=1.0, challenger_ms=60.0))
    trials.add(Compared(**seen, problem="it broke"))
    database.close()
    assert "3 photos compared, 1 failed, 1 with another verdict, 0 too slow" in call("status")
    told = json.loads(call("status", "--json"))
    assert told["trial"] == {"photos": 3, "failures": 1, "slower": 0, "disagreements": 1}
    assert (told["servers"], told["passed_limits"]) == ([], [])
    assert len(call("differences", "--json").splitlines()) == 2
    assert len(call("differences", "--all", "--json").splitlines()) == 3
    assert "it broke" in call("differences")


def test_a_bundle_that_does_not_run_is_not_appointed(call: Call, colour_bundle: Path, tmp_path: Path) -> None:
    place = tmp_path / "broken"
    write_bundle(place, load_bundle(colour_bundle).card, b"no model")
    assert "cannot be loaded" in call("appoint", str(place), code=1)
    assert call("history") == ""


def test_the_shipped_model_is_tried_by_its_word(call: Call) -> None:
    told = json.loads(call("shadow", "shipped", "--json"))
    assert told["challenger"]["name"] == load_bundle().card.name


def test_what_is_no_bundle_or_no_damage_model_is_refused(call: Call, tmp_path: Path) -> None:
    assert "card.json cannot be read" in call("shadow", str(tmp_path), code=1)
    parts = Path(__file__).parents[2] / "src" / "coachwork" / "bundles" / "parts"
    if parts.is_dir():
        assert "COACHWORK_PARTS" in call("appoint", str(parts), code=2)


def test_a_release_in_a_folder_needs_no_database_of_its_own(
    call: Call, colour_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHWORK_RELEASE", str(tmp_path / "release"))
    call("appoint", make_bundle(tmp_path, colour_bundle, 2).place)
    assert (tmp_path / "release" / "00000001.json").is_file()
    monkeypatch.delenv("COACHWORK_RELEASE")
    assert "each server's own bundle" in call("status")
