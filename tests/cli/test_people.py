import json
from pathlib import Path

import pytest

from coachwork.cases.people import Role
from coachwork.cli.main import run
from coachwork.storage.database import Database
from coachwork.storage.people_store import PeopleStore


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PeopleStore:
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path))
    return PeopleStore(Database(f"sqlite:///{tmp_path / 'coachwork.db'}"))


def test_a_link_is_printed_that_works_once(people: PeopleStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["people", "add", "Anna@example.org", "--role", "supervisor", "--url", "https://desk.example/"]) == 0
    link = capsys.readouterr().out.strip()
    assert link.startswith("https://desk.example/link/")
    person = people.redeem(link.rpartition("/")[2], "four words at random")
    assert (person.login, person.role) == ("anna@example.org", Role.SUPERVISOR)


def test_accounts_are_listed_disabled_and_brought_back(people: PeopleStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["people", "list"]) == 0
    assert "no accounts yet" in capsys.readouterr().err
    run(["people", "add", "anna"])
    capsys.readouterr()
    assert run(["people", "disable", "anna"]) == 0
    capsys.readouterr()
    assert run(["people", "list", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["login"] == "anna"
    assert told["disabled"] is not None
    assert run(["people", "link", "anna", "--json"]) == 0
    link = json.loads(capsys.readouterr().out)["link"]
    assert people.redeem(link.rpartition("/")[2], "four words at random").disabled is None


@pytest.mark.parametrize("arguments", [["add", "two words"], ["disable", "nobody"], ["link", "nobody"]])
def test_what_cannot_be_is_told_in_a_sentence(
    people: PeopleStore, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert people is not None
    assert run(["people", *arguments]) == 1
    assert "Traceback" not in capsys.readouterr().err
