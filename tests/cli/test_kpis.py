import json
from pathlib import Path

import pytest

from coachwork.cases.case import Facts
from coachwork.cli.main import run
from coachwork.kpis.catalogue import KPIS
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service's data with one case."""
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path))
    database = Database(f"sqlite:///{tmp_path / 'coachwork.db'}")
    database.migrate()
    CaseStore(database).open_case(KeyStore(database).tenant("default"), Facts(reference="claim 7"), by="tests")
    return tmp_path


def test_the_table_says_what_is_known_and_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kpis"]) == 0
    told = capsys.readouterr().out
    assert "business KPIs" in told
    assert "too few" in told
    assert "no costs: name a TOML file of costs in COACHWORK_COSTS" in told
    assert "not checked: no check saw enough photos: `coachwork pipelines run monitoring`" in told


def test_programs_read_json_and_spreadsheets_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kpis", "--json", "--months", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["tenant"], len(told["months"])) == ("default", 2)
    assert told["kpis"][0]["whole"]["value"] == 1
    assert run(["kpis", "--csv", "--months", "2", "--last", "2026-03"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 3 * len(KPIS)


def test_every_kpi_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kpis", "--explain"]) == 0
    told = capsys.readouterr().out
    assert all(kpi.formula in told and kpi.source in told for kpi in KPIS)


@pytest.mark.parametrize("arguments", [["--last", "March"], ["--months", "0"], ["--months", "600"]])
def test_months_that_are_none_are_refused_in_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["kpis", *arguments]) == 1
    assert "month" in capsys.readouterr().err


def test_bills_are_imported_and_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = place / "bills.csv"
    file.write_text(
        "case,kind,amount,currency,on\nclaim 7,repair,10,EUR,2026-03-01\nclaim 8,repair,10,EUR,2026-03-01\n"
    )
    assert run(["outcomes", "import", str(file)]) == 1
    assert "line 3: no case has the id or reference 'claim 8'" in capsys.readouterr().err
    assert run(["outcomes", "import", str(file), "--lenient", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kept"] == 1
