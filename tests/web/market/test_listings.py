import csv
import hashlib
import io
import re
from importlib import resources

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from coachwork.cases.case import Case, CaseState, Facts, Purpose
from coachwork.casework.service import Service
from tests.web.market.conftest import Signed, whole_listing
from tests.web.workbench_cases import open_case, ready_case

PHOTO = (resources.files("coachwork") / "samples" / "crushed-door.jpg").read_bytes()
SHA = hashlib.sha256(PHOTO).hexdigest()


def opened(anna: Signed, reference: str, **more: object) -> str:
    answer = anna.script("/workbench/listings/open", {"reference": reference, "lot": "lot 1"} | more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def uploaded(anna: Signed, case: str, data: bytes = PHOTO) -> dict[str, object]:
    home = f"/workbench/listings/{case}/uploads"
    told = {"name": "1.jpg", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    begun = anna.script(home, told).json()
    headers = {"Upload-Offset": str(begun["offset"]), "Content-Type": "application/offset+octet-stream"}
    answer = anna.script(f"{home}/{begun['id']}", method="PATCH", content=data[begun["offset"] :], headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_photos_become_listings_and_go_on_where_they_broke_off(anna: Signed, market: Service) -> None:
    car = {"make": "Volkswagen", "model": "Golf", "market_value": "9500", "currency": "USD"}
    case = opened(anna, "4711", vehicle=car)
    assert opened(anna, " 4711 ", vehicle=car | {"model": "Polo"}) == case
    assert opened(anna, "4711", lot="lot 2") != case
    home = f"/workbench/listings/{case}/uploads"
    begun = anna.script(home, {"name": "1.jpg", "bytes": len(PHOTO), "sha256": SHA}).json()
    part = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    kept = anna.script(f"{home}/{begun['id']}", method="PATCH", content=PHOTO[:1000], headers=part).json()
    assert kept["offset"] == 1000
    assert anna.script(f"{home}/{begun['id']}", method="HEAD").headers["upload-offset"] == "1000"
    told = uploaded(anna, case)
    assert isinstance(told["photo"], dict)
    again = anna.script(home, {"name": "1.jpg", "bytes": len(PHOTO), "sha256": SHA}).json()
    assert again["photo"]["id"] == told["photo"]["id"], "a photo that is there already is not sent twice"
    assert anna.script(f"/workbench/listings/{case}/complete").json()["state"] == "working"
    tenant = market.keys.tenant("default")
    found = market.cases.case(tenant, case)
    assert (found.facts.purpose, found.facts.vehicle.model if found.facts.vehicle else "") == (Purpose.LISTING, "Polo")
    assert {lot.name: lot.listings for lot in market.market.listings.lots(tenant)} == {"lot 1": 1, "lot 2": 1}


def test_scripts_must_bring_the_sessions_token(anna: Signed, eve: Signed) -> None:
    case = opened(anna, "mine")
    for path, body in (("open", {"reference": "x"}), (f"{case}/uploads", {"bytes": 1}), (f"{case}/complete", {})):
        assert anna.browser.post(f"/workbench/listings/{path}", json=body).status_code == 403
    assert eve.script(f"/workbench/listings/{case}/uploads", {"name": "x", "bytes": 1}).status_code == 404
    assert eve.script(f"/workbench/listings/{case}/complete").status_code == 404
    assert eve.browser.get(f"/workbench/listings/{case}").status_code == 404


def test_who_is_not_signed_in_is_led_to_where_they_may(app: TestClient) -> None:
    browser = TestClient(app.app, follow_redirects=False)
    for path in ("/workbench/listings", "/workbench/listings/add", "/workbench/listings.csv", "/workbench/rentals"):
        assert browser.get(path).headers["location"].startswith("/login?next=")


def test_a_table_is_read_with_its_problems(anna: Signed) -> None:
    data = b"listing;make;market_value\n4711;VW;9500\n4712;VW;9.500\n"
    told = anna.script("/workbench/listings/table", content=data, headers={"Content-Type": "text/csv"}).json()
    car = {"make": "VW", "two_tone": False, "market_value": "9500"}
    assert told["cars"] == [{"listing": "4711", "line": 2, "vehicle": car}]
    assert [one["line"] for one in told["problems"]] == [3]


def test_without_scripts_a_plain_form_makes_one_listing(anna: Signed, market: Service) -> None:
    files = [("photo", ("a.jpg", PHOTO)), ("photo", ("b.txt", b"no photo"))]
    form = {"csrf": anna.csrf, "reference": "plain", "lot": "by hand"}
    answer = anna.browser.post("/workbench/listings/add", data=form, files=files)
    assert answer.status_code == 303, answer.text
    case = answer.headers["location"].rsplit("/", 1)[1]
    assert market.cases.case(market.keys.tenant("default"), case).state is CaseState.WORKING
    assert "assessed" in anna.browser.get(answer.headers["location"]).text
    wrong = anna.browser.post("/workbench/listings/add", data=form | {"csrf": "x"}, files=files)
    assert wrong.status_code == 403
    refused = anna.browser.post("/workbench/listings/add", data=form, files=files[1:])
    assert refused.status_code == 422
    assert "text file" in refused.text


def test_the_queue_finds_and_pages_and_exports(anna: Signed, market: Service, listing: Case) -> None:
    page = anna.browser.get("/workbench/listings", params={"q": "seller"})
    assert page.status_code == 200
    assert "the seller&#39;s 4711" in page.text
    assert "1 damage" in page.text
    assert "1 possible" in page.text
    assert "No listing matches" in anna.browser.get("/workbench/listings", params={"q": "nobody"}).text
    assert anna.browser.get("/workbench/listings", params={"state": "x", "lot": "y"}).status_code == 200
    rows = list(csv.DictReader(io.StringIO(anna.browser.get("/workbench/listings.csv").content.decode("utf-8-sig"))))
    own = next(row for row in rows if row["inspection"] == listing.id)
    assert (own["damages"], own["possible_damages"], own["condition_proven"]) == ("1", "1", "yes")
    assert anna.browser.get("/workbench/listings.csv", params={"lot": "lot_nobody"}).status_code == 404
    for number in range(26):
        open_case(market, facts=Facts(reference=f"many {number}", purpose=Purpose.LISTING))
    first = anna.browser.get("/workbench/listings", params={"q": "many"}).text
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more is not None
    second = anna.browser.get(more[1].replace("&amp;", "&")).text
    assert first.count("<strong>many") == 25
    assert second.count("<strong>many") == 1


def test_the_report_shows_grade_deduction_and_what_was_not_seen(anna: Signed, listing: Case) -> None:
    page = anna.browser.get(f"/workbench/listings/{listing.id}")
    assert page.status_code == 200
    for sentence in ("Damaged", "Not seen well enough", "Step of grade", "is a sample", "B-AB 12"):
        assert sentence in page.text
    assert "<style" not in page.text
    assert " style=" not in page.text
    other = anna.browser.get(f"/workbench/listings/{listing.id}", params={"scheme": "naaa", "charges": "uk-typical"})
    assert "Return charges" in other.text
    refused = anna.browser.get(f"/workbench/listings/{listing.id}", params={"scheme": "bvsk"})
    assert (refused.status_code, "could not be valued so" in refused.text, "Damaged" in refused.text) == (
        200,
        True,
        True,
    )
    german = anna.browser.get(f"/workbench/listings/{listing.id}", params={"lang": "de"}).text
    anna.browser.cookies.delete("language")
    assert "Nicht gut genug zu sehen" in german
    assert "Delle" in german


@pytest.mark.parametrize("proven", [True, False])
def test_none_is_said_only_where_every_part_was_seen(anna: Signed, market: Service, *, proven: bool) -> None:
    case = whole_listing(market, proven=proven)
    text = anna.browser.get(f"/workbench/listings/{case.id}").text
    assert ("No damage found" in text) is proven
    assert ("Every part that must be was seen well" in text) is proven
    assert ("It cannot be said that nothing is wrong" in text) is not proven
    queue = anna.browser.get("/workbench/listings", params={"q": case.id}).text
    assert ("nothing found" in queue) is proven


def test_pictures_and_pdf_are_made_anew(anna: Signed, eve: Signed, listing: Case) -> None:
    home = f"/workbench/listings/{listing.id}"
    picture = anna.browser.get(f"{home}/pictures/1.jpg")
    assert Image.open(io.BytesIO(picture.content)).format == "JPEG"
    assert anna.browser.get(f"{home}/pictures/9.jpg").status_code == 404
    for path in ("", "/pictures/1.jpg", "/report.pdf"):
        assert eve.browser.get(home + path).status_code == 404


def test_terms_are_chosen_by_supervisors_alone(anna: Signed, boss: Signed, market: Service, listing: Case) -> None:
    terms = {"scheme": "naaa", "policy": "sample", "method": "", "charges": "uk-typical"}
    assert anna.send("/workbench/listings/terms", **terms).status_code == 403
    back = f"/workbench/listings/{listing.id}"
    assert boss.send("/workbench/listings/terms", **terms, back=back).headers["location"] == back
    assert boss.send("/workbench/listings/terms", **terms, back="//evil").headers["location"] == "/workbench/listings"
    tenant = market.keys.tenant("default")
    assert market.market.listings.terms(tenant).scheme == "naaa"
    assert "These are the terms of all listings" in anna.browser.get(back).text
    assert boss.send("/workbench/listings/terms", **terms | {"policy": "nobody"}).status_code == 422
    boss.send("/workbench/listings/terms", scheme="nama", policy="sample", method="", charges="")


def test_a_case_that_is_no_listing_is_valued_too(anna: Signed, market: Service) -> None:
    claim = ready_case(market)
    assert anna.browser.get(f"/workbench/listings/{claim.id}").status_code == 200
