import hashlib
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from coachwork.casework.service import Service
from coachwork.photos import quality
from coachwork.photos.problems import PhotoProblem
from coachwork.web.customer.advice import advice_in, refusal_in
from coachwork.web.strings import LANGUAGES, strings
from tests.web.customer.conftest import DAMAGED, Opened, jpeg, settlement

HOSTILE = {
    "page.html": b"<html><script>alert(1)</script></html>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "both.jpg": b"GIF89a/*<svg onload=alert(1)>*/=alert(1)//;",
    "cut.jpg": DAMAGED[:2000],
    "empty.jpg": b"",
}


def sent(browser: TestClient, home: str, data: bytes, name: str = "a.jpg", **headers: str) -> Any:
    told = {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    accept = {"Accept": "*/*"} | headers
    begun = browser.post(f"{home}/uploads", json=told, headers=accept)
    if begun.status_code != 201:
        return begun
    upload = begun.json()["id"]
    part = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"} | accept
    return browser.patch(f"{home}/uploads/{upload}", content=data, headers=part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_service_says_of_photos_is_there_in_every_language(language: str) -> None:
    t = strings(language)
    values: dict[str, Any] = {
        "brightness": 0.0,
        "median": 0.0,
        "contrast": 1.0,
        "sharpness": 1.0,
        "glare": 0.0,
        "short_side": 1000,
    }
    bad: list[dict[str, Any]] = [
        {"brightness": 0.1},
        {"contrast": 0.0},
        {"sharpness": 0.0},
        {"glare": 1.0},
        {"short_side": 10},
    ]
    bad.append({"glare": 1.0, "median": 1.0})
    for wrong in bad:
        (sentence,) = quality._reasons(quality.USUAL_LIMITS, **(values | {"brightness": 1.0} | wrong))
        assert advice_in(t, [sentence]) != [sentence], sentence
    assert advice_in(t, ["Something new."]) == ["Something new."]
    assert all(refusal_in(t, reason) for reason in PhotoProblem)


def test_a_photo_comes_in_parts_and_is_shown_small_and_bare(browser: TestClient, opened: Callable[..., Opened]) -> None:
    own = opened()
    with_place = io.BytesIO()
    exif = Image.Exif()
    exif[0x9286] = "SECRET"
    exif[0x010F] = "SECRET"
    Image.open(io.BytesIO(DAMAGED)).save(with_place, "JPEG", exif=exif)
    answer = sent(browser, own.home, with_place.getvalue(), "front-1.jpg")
    photo = answer.json()["photo"]
    assert (photo["usable"], photo["advice"]) == (True, [])
    shown = browser.get(photo["thumbnail"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"SECRET" in with_place.getvalue()
    assert b"SECRET" not in shown.content
    assert max(Image.open(io.BytesIO(shown.content)).size) <= 480
    page = browser.get(f"{own.home}/photos").text
    assert "front-1.jpg" in page
    values = json.loads(re.findall(r'id="capture-values">(.*?)</script>', page, re.DOTALL)[0])
    assert [one["id"] for one in values["photos"]] == [photo["id"]]
    assert values["limits"]["sharpness"] == quality.MIN_SHARPNESS


def test_advice_is_in_the_customers_language(browser: TestClient, opened: Callable[..., Opened]) -> None:
    answer = sent(browser, opened().home, jpeg("black"), **{"Accept-Language": "de"})
    assert answer.json()["photo"]["advice"] == ["Zu dunkel: Machen Sie Licht oder nutzen Sie den Blitz."]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_photo_is_refused_and_never_shown(
    browser: TestClient, opened: Callable[..., Opened], name: str
) -> None:
    own = opened()
    answer = sent(browser, own.home, HOSTILE[name], name)
    assert answer.status_code == 422, answer.text
    form = browser.post(f"{own.home}/photos", files=[("photo", (name, HOSTILE[name]))])
    assert form.status_code == 422
    assert "alert(1)" not in form.text
    assert own.service.cases.photos(own.caller.tenant, own.case_id) == []


def test_names_are_shown_and_never_run(browser: TestClient, opened: Callable[..., Opened]) -> None:
    own = opened()
    evil = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>.jpg'
    assert sent(browser, own.home, DAMAGED, evil).status_code == 200
    page = browser.get(f"{own.home}/photos").text
    assert "<img src=x" not in page
    assert "<script>alert(2)" not in page
    assert page.count("<script") == page.count("</script>") == 3


def test_browsers_without_scripts_send_a_plain_form(browser: TestClient, opened: Callable[..., Opened]) -> None:
    own = opened()
    files = [("photo", ("a.jpg", DAMAGED)), ("photo", ("b.jpg", jpeg("white")))]
    answer = browser.post(f"{own.home}/photos", files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{own.home}/photos")
    assert len(own.service.cases.photos(own.caller.tenant, own.case_id)) == 2


def test_handing_over_without_photos_is_refused_and_with_them_works_once(
    browser: TestClient, opened: Callable[..., Opened]
) -> None:
    own = opened()
    assert browser.post(f"{own.home}/complete").status_code == 422
    own.photo()
    for _ in range(2):
        answer = browser.post(f"{own.home}/complete")
        assert (answer.status_code, answer.headers["location"]) == (303, own.home)
    assert (own.case.state.value, own.case.revision) == ("working", 1)
    assert "being looked at" in browser.get(own.home).text
    assert browser.get(f"{own.home}/state").json() == {"state": "working", "version": own.case.version}
    assert browser.get(f"{own.home}/photos").headers["location"] == own.home
    assert browser.post(f"{own.home}/uploads", json={"bytes": 3}, headers={"Accept": "*/*"}).status_code == 409


def test_after_accepting_no_photo_is_added(browser: TestClient, opened: Callable[..., Opened]) -> None:
    own = opened().found(settlement())
    browser.post(f"{own.home}/accept", data={"revision": "1", "amount": "1234.50", "currency": "EUR"})
    assert browser.post(f"{own.home}/uploads", json={"bytes": 3}, headers={"Accept": "*/*"}).status_code == 422
    assert browser.post(f"{own.home}/photos", files=[("photo", ("b.jpg", jpeg()))]).status_code == 422
    assert browser.get(f"{own.home}/photos").headers["location"] == own.home


def test_views_are_told_of_usable_photos(browser: TestClient, opened: Callable[..., Opened]) -> None:
    own = opened()
    assert browser.get(f"{own.home}/views").json() == {}
    kept, dark = own.photo(), own.photo(jpeg("black"), "dark.jpg")
    told = browser.get(f"{own.home}/views").json()
    assert kept.id in told
    assert dark.id not in told


def test_a_photo_is_removed_before_the_case_is_handed_over(
    browser: TestClient, idle: Service, opened: Callable[..., Opened]
) -> None:
    own, other = opened(), opened()
    first, second = own.photo(jpeg("red"), "a.jpg"), own.photo(jpeg("blue"), "b.jpg")
    page = browser.get(f"{own.home}/photos").text
    assert page.count("data-remove=") == 2
    assert browser.get(f"{own.home}/photos/{first.id}/thumbnail").status_code == 200
    address = f"{own.home}/photos/{first.id}/remove"
    assert browser.post(f"{other.home}/photos/{first.id}/remove").status_code == 404
    assert browser.post(address).headers["location"] == f"{own.home}/photos"
    assert browser.post(address, headers={"Accept": "application/json"}).status_code == 404
    assert not idle.photo_store.holds(own.caller.tenant, first.sha256)
    assert browser.get(f"{own.home}/photos/{first.id}/thumbnail").status_code == 404
    idle.submit(own.caller, own.case_id)
    stays = browser.post(f"{own.home}/photos/{second.id}/remove", headers={"Accept": "application/json"})
    assert stays.status_code == 409
    assert idle.photo_store.holds(own.caller.tenant, second.sha256)


def test_what_was_handed_over_has_no_button(browser: TestClient, opened: Callable[..., Opened]) -> None:
    done = opened().found()
    more = done.photo(jpeg("green"), "more.jpg")
    page = browser.get(f"{done.home}/photos").text
    assert f'data-remove="{more.id}"' in page
    assert page.count("data-remove=") == 1
