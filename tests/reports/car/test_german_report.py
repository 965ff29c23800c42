"""The report in another language: nothing of it stays English but what a model's card or a rate card says itself."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from coachwork.reports.car.contents import report_contents
from coachwork.reports.car.folder import write_report
from coachwork.web.wording import wording
from tests.reports.car.cases import damaged_car, whole_document
from tests.web.test_german_pages import ENGLISH

CARDS = {"sources", "limits", "card", "card_digest", "digest", "sha256", "colour", "verdict", "name", "car_map", "by"}
"""What stands in the report as somebody else's words or for programs."""


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, one in value.items() if key not in CARDS for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("settled", [False, True])
def test_the_contents_are_german(tmp_path: Path, settled: bool) -> None:  # noqa: FBT001
    document = json.loads(json.dumps(whole_document(damaged_car(tmp_path), settled=settled)))
    contents = dataclasses.asdict(report_contents(document, wording("de")))
    rules = [words for _, words in (contents["estimate"] or {}).pop("rules", ())]
    told = texts(json.loads(json.dumps(contents))) + rules
    assert len(told) > 100
    assert [one for one in told if ENGLISH.search(re.sub(r"Coachwork sample\w*", "", one))] == []


def test_page_and_document_are_written_in_german(tmp_path: Path) -> None:
    written = write_report(whole_document(damaged_car(tmp_path)), tmp_path / "report", w=wording("de"))
    page = written.page.read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert "Reparaturkalkulation" in page
    assert "Repair estimate" not in page
    assert written.pdf is not None
    assert b"de" in written.pdf.read_bytes()
