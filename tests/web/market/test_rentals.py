import io
import re
from typing import Any

import pytest
from PIL import Image

from coachwork.cases.case import Case, Facts, Purpose
from coachwork.cases.comparison import Comparison
from coachwork.casework.service import Service
from coachwork.casework.standing_inspection import standing_inspection
from tests.web.market.conftest import CAR, Signed
from tests.web.workbench_cases import open_case, ready_case


def rental(service: Service, contract: str) -> Case:
    return ready_case(service, facts=Facts(reference=contract, purpose=Purpose.RENTAL, vehicle=CAR))


def change(state: str, before: list[int], after: list[int], sighting: dict[str, Any] | None = None) -> dict[str, Any]:
    told = {"state": state, "type": "dent", "part": "front_left_door", "before": before, "after": after}
    return told | {"why": "the program <found> it", "growth": None, "evidence": [], "sighting": sighting}


@pytest.fixture
def compared(market: Service) -> Comparison:
    """A comparison with an uncertain pair, a damage that cannot be compared, and one that is gone."""
    before, after = rental(market, "R-17"), rental(market, "R-17")
    one = market.market.comparisons.make(
        before.tenant, before=before.id, after=after.id, by="tests", charges="uk-typical"
    )
    seen = {"photo": 1, "box": [10.0, 10.0, 200.0, 200.0], "points": 30}
    changes = [change("uncertain", [0], [0]), change("not comparable", [], [1]), change("gone", [1], [], seen)]
    sides = {}
    for side, case in (("before", before), ("after", after)):
        inspection = standing_inspection(market.cases.result(case.tenant, case.id))
        sides[side] = {"revision": case.revision, "inspection": inspection}
    counts = {"new": 0, "grown": 0, "uncertain": 1, "not comparable": 1, "unchanged": 0, "gone": 1}
    told = {"warnings": ["These may be two cars"], "counts": counts, "changes": changes}
    assert market.market.comparisons.publish(one, {"changes": told, **sides}, by="w")
    return market.market.comparisons.comparison(one.tenant, one.id)


def test_the_page_shows_each_damage_before_and_now(anna: Signed, compared: Comparison) -> None:
    home = f"/workbench/rentals/{compared.id}"
    page = anna.browser.get(home)
    assert page.status_code == 200
    for told in (
        "R-17",
        "These may be two cars",
        "cannot be compared",
        "Not charged, since nobody decided",
        "not seen",
    ):
        assert told in page.text
    assert "the program <found>" not in page.text.lower()
    pictures = re.findall(r'<img src="([^"]+)"', page.text)
    assert len(pictures) == 5, "two of the pair, one of what cannot be compared, two of what is gone"
    for path in pictures:
        assert Image.open(io.BytesIO(anna.browser.get(path).content)).format == "JPEG"
    assert anna.browser.get(f"{home}/pictures/before/1.jpg").status_code == 404
    assert anna.browser.get(f"{home}/pictures/before/99.jpg").status_code == 404


def test_what_a_person_says_counts_for_page_and_charges(anna: Signed, market: Service, compared: Comparison) -> None:
    home = f"/workbench/rentals/{compared.id}"
    told = {"revision": "0", "kind": "not_same", "before": "0", "after": "0", "reason": "another <dent>"}
    assert anna.send(f"{home}/marks", **told).status_code == 303
    page = anna.browser.get(home).text
    assert "another &lt;dent&gt;" in page
    assert 'class="became new"' in page
    stale = anna.send(f"{home}/marks", **told)
    assert stale.status_code == 412
    assert "Somebody spoke of this comparison meanwhile" in stale.text
    one = market.market.comparisons.comparison(compared.tenant, compared.id)
    bill = market.market.bill(one, market.market.standing(one))
    assert bill is not None
    assert bill["undecided"] == ["damage 2"]
    assert [line["damage"] for line in bill["lines"]] + [line["what"].split(":")[0] for line in bill["open"]] == [
        "damage 1"
    ]
    assert (
        anna.send(f"{home}/marks", revision="1", kind="same", before="1", after="1", reason="same").status_code == 303
    )
    numbers = re.findall(r'name="undoes" value="(\d+)"', anna.browser.get(home).text)
    assert len(numbers) == 3, "both of the split pair, and the tied one"
    undone = anna.send(f"{home}/marks", revision="2", kind="undo", undoes=numbers[0], reason="erred")
    assert undone.status_code == 303


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "same", "before": "0", "after": "0", "reason": " "},
        {"kind": "nonsense", "before": "0", "after": "0", "reason": "x"},
        {"kind": "same", "before": "0,x", "after": "0", "reason": "x"},
        {"kind": "same", "before": "77", "after": "0", "reason": "x"},
        {"kind": "undo", "undoes": "999999", "reason": "x"},
    ],
)
def test_what_does_not_fit_is_refused_on_the_page(anna: Signed, compared: Comparison, form: dict[str, str]) -> None:
    answer = anna.send(f"/workbench/rentals/{compared.id}/marks", revision="0", **form)
    assert answer.status_code == 422
    assert "could not be kept" in answer.text


def test_another_tenant_sees_nothing(eve: Signed, anna: Signed, compared: Comparison) -> None:
    home = f"/workbench/rentals/{compared.id}"
    mark = {"revision": "0", "kind": "same", "before": "0", "after": "0", "reason": "x"}
    assert eve.browser.get(home).status_code == 404
    assert eve.browser.get(f"{home}/pictures/after/0.jpg").status_code == 404
    assert eve.send(f"{home}/marks", **mark).status_code == 404
    assert eve.send("/workbench/rentals", before=compared.before, after=compared.after).status_code == 404
    assert "R-17" not in eve.browser.get("/workbench/rentals").text
    assert anna.browser.post(f"{home}/marks", data=mark | {"csrf": "x"}).status_code == 403


def test_pairs_of_a_contract_are_offered_and_compared(anna: Signed, market: Service) -> None:
    before, after = rental(market, "R-99"), rental(market, "R-99")
    page = anna.browser.get("/workbench/rentals").text
    assert "R-99" in page
    asked = anna.send("/workbench/rentals", before=before.id, after=after.id, charges="uk-typical")
    assert asked.status_code == 303
    assert "laid on each other" in anna.browser.get(asked.headers["location"]).text
    assert "R-99" in anna.browser.get("/workbench/rentals", params={"q": "r-99"}).text
    assert "No comparison matches" in anna.browser.get("/workbench/rentals", params={"q": "nothing"}).text
    assert anna.send("/workbench/rentals", before=before.id, after=after.id, charges="nobody").status_code == 422


def test_scripts_compare_what_they_sent(anna: Signed, market: Service) -> None:
    facts = Facts(reference="R-5", purpose=Purpose.RENTAL)
    cases = [open_case(market, facts=facts) for _ in range(2)]
    body = {"before": cases[0].id, "after": cases[1].id, "reference": "R-5", "charges": ""}
    answer = anna.script("/workbench/rentals/compare", body)
    assert answer.status_code == 201
    page = anna.browser.get(f"/workbench/rentals/{answer.json()['id']}").text
    assert "as soon as both inspections have results" in page
    assert anna.browser.post("/workbench/rentals/compare", json=body).status_code == 403
    assert anna.browser.get("/workbench/rentals/add").status_code == 200


def test_a_changed_case_makes_a_comparison_stale(anna: Signed, market: Service, compared: Comparison) -> None:
    home = f"/workbench/rentals/{compared.id}"
    assert "Compare again" not in anna.browser.get(home).text
    case = market.cases.case(compared.tenant, compared.after)
    market.cases.change_facts(case.tenant, case.id, case.facts, by="tests")
    market.cases.submit(case.tenant, case.id, by="tests", enqueue=lambda *_: None)
    assert "Compare again" in anna.browser.get(home).text
