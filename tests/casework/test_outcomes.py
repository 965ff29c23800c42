from pathlib import Path

import pytest

from coachwork.cases.case import Facts
from coachwork.casework.outcomes import OutcomeFileError, import_outcomes
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.outcome_store import OutcomeStore

HEAD = "case,kind,amount,currency,on,paid,note\n"


class Desk:
    """A store with three cases, and a file."""

    def __init__(self, folder: Path) -> None:
        database = Database(f"sqlite:///{folder / 'c.db'}")
        database.migrate()
        self.cases, self.file = CaseStore(database), folder / "bills.csv"
        self.store, self.tenant = OutcomeStore(database, self.cases), KeyStore(database).tenant("default")
        for reference in ("claim 1", "claim 2", "claim 3"):
            self.cases.open_case(self.tenant, Facts(reference=reference), by="tests")

    def took(self, text: str | bytes, *, lenient: bool = False) -> tuple[int, int, list[str]]:
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = import_outcomes(self.file, self.store, self.tenant, by="tests", lenient=lenient)
        return done.kept, done.known, [problem.why for problem in done.problems]

    def kept(self) -> list[tuple[str, str, str]]:
        return [
            (case.facts.reference, str(one.amount), "" if one.paid is None else str(one.paid))
            for case in sorted(self.cases.cases(self.tenant), key=lambda one: one.id)
            for one in self.store.all(self.tenant, case.id)
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_without_lines_keeps_nothing(desk: Desk) -> None:
    assert desk.took(HEAD) == (0, 0, [])


def test_lines_go_to_their_cases_and_again_to_none(desk: Desk) -> None:
    text = HEAD + "claim 1,repair,812.40,EUR,2026-03-02,512.40,no. 17\n\nclaim 2,sale,9000,EUR,2026-03-05,,\n"
    assert desk.took(text) == (2, 0, [])
    assert desk.took(text) == (0, 2, [])
    assert desk.kept() == [("claim 1", "812.40", "512.40"), ("claim 2", "9000", "")]


def test_spreadsheets_write_semicolons_a_byte_order_mark_and_other_orders(desk: Desk) -> None:
    text = "\ufeffON;Case;Kind;Currency;Amount\r\n2026-03-02;claim 3;repair;EUR;10\r\n"
    assert desk.took(text) == (1, 0, [])
    assert desk.kept() == [("claim 3", "10", "")]


BROKEN = (
    "claim 1,repair,10,EUR,2026-03-02,,\n"
    "claim 9,repair,10,EUR,2026-03-02,,\n"
    "claim 1,theft,10,EUR,2026-03-02,,\n"
    'claim 1,repair,"1,50",EUR,2026-03-02,,\n'
    "claim 1,repair,10,EUR,02.03.2026,,\n"
    "claim 1,sale,10,EUR,2026-03-02,5,\n"
    "claim 1,repair,NaN,EUR,2026-03-02,,\n"
    "claim 1,repair\n"
)


def test_nothing_is_kept_where_a_line_is_wrong_and_all_wrong_lines_are_told(desk: Desk) -> None:
    with pytest.raises(ExceptionGroup) as told:
        desk.took(HEAD + BROKEN)
    assert [error.line for error in told.value.exceptions if isinstance(error, OutcomeFileError)] == list(range(3, 10))
    assert desk.kept() == []


def test_wrong_lines_may_be_passed_over(desk: Desk) -> None:
    kept, known, problems = desk.took(HEAD + BROKEN, lenient=True)
    assert (kept, known, len(problems)) == (1, 0, 7)
    assert "no case has the id or reference 'claim 9'" in problems[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "first line must name"),
        (b"case,amount\n", "first line must name"),
        (HEAD.encode() + b"\xff\xfe", "not UTF-8"),
        (b"case,case,kind,amount,currency,on\n", "first line must name"),
        (b"case,kind,amount,currency,on,price\n", "first line must name"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(desk: Desk, text: bytes, why: str) -> None:
    with pytest.raises(OutcomeFileError, match=why):
        desk.took(text)


def test_a_file_that_is_missing_is_told(desk: Desk) -> None:
    with pytest.raises(OutcomeFileError, match="cannot be read"):
        import_outcomes(desk.file, desk.store, desk.tenant, by="tests")
