import json
from pathlib import Path
from typing import Any

import pytest

from coachwork.collecting.flickr import LICENCES
from coachwork.collecting.licences import open_licence
from coachwork.collecting.listed import Listing, ListingError
from coachwork.collecting.listing import listing_in, read_listing

PHOTO: dict[str, Any] = {
    "id": "2636",
    "owner": "47058503995@N01",
    "secret": "a123456",
    "server": "2",
    "farm": 1,
    "title": "My car after the hail",
    "ispublic": 1,
    "license": "4",
    "ownername": "Ada",
    "url_l": "https://live.staticflickr.com/2/2636_a123456_b.jpg",
    "height_l": 683,
    "width_l": "1024",
    "url_o": "https://live.staticflickr.com/2/2636_b654321_o.jpg",
    "pathalias": "ada",
    "media": "photo",
}


def answer(*photos: object, page: int = 1, pages: int = 1, total: int | str = 1) -> dict[str, Any]:
    return {
        "photos": {"page": page, "pages": pages, "perpage": 100, "total": total, "photo": list(photos)},
        "stat": "ok",
    }


def listing(value: object) -> Listing:
    return listing_in(json.dumps(value), Path("flickr.json"))


def test_a_photo_of_the_standard_response() -> None:
    (photo,) = listing(answer(PHOTO)).photos
    assert photo.url == PHOTO["url_o"]
    assert photo.licence == "https://creativecommons.org/licenses/by/2.0/"
    assert (photo.author, photo.title) == ("Ada", "My car after the hail")
    assert photo.page == "https://www.flickr.com/photos/ada/2636/"
    assert photo.place == "page 1 photo 1"


def test_the_largest_address_is_taken_that_flickr_gives() -> None:
    (photo,) = listing(answer({name: value for name, value in PHOTO.items() if name != "url_o"})).photos
    assert photo.url == PHOTO["url_l"]


def test_names_of_licences_that_are_open() -> None:
    def is_open(stated: str) -> bool:
        try:
            open_licence(stated)
        except ValueError:
            return False
        return True

    assert {number for number, stated in LICENCES.items() if is_open(stated)} == {4, 5, 9, 10, 11, 12}
    assert open_licence(LICENCES[5]).name == "CC-BY-SA-2.0"
    assert open_licence(LICENCES[12]).name == "CC-BY-SA-4.0"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"media": "video"}, "a video"),
        ({"url_o": None, "url_l": None}, "no address"),
        ({"license": None}, "no licence"),
        ({"license": 99}, "licence number 99 is not known"),
        ({"url_o": "http://"}, "broken"),
    ],
)
def test_what_cannot_be_collected_says_why(change: dict[str, object], why: str) -> None:
    (bad,) = listing(answer(PHOTO | change)).bad_rows
    assert why in bad.why


def test_an_answer_in_a_callback_and_texts_in_content() -> None:
    text = f"jsonFlickrApi({json.dumps(answer(PHOTO | {'title': {'_content': 'Dent'}}))})"
    (photo,) = listing_in(text, Path("a.json")).photos
    assert photo.title == "Dent"


def test_an_album_states_its_owner_once() -> None:
    inside = {name: value for name, value in PHOTO.items() if name not in {"owner", "ownername", "pathalias"}}
    album = {"photoset": {"owner": "1@N01", "ownername": "Bob", "page": 1, "pages": 1, "photo": [inside]}, "stat": "ok"}
    (photo,) = listing(album).photos
    assert photo.author == "Bob"
    assert photo.page == "https://www.flickr.com/photos/1@N01/2636/"


def test_an_error_of_flickr_is_told() -> None:
    with pytest.raises(ListingError, match="Invalid API Key"):
        listing({"stat": "fail", "code": 100, "message": "Invalid API Key (Key has invalid format)"})


def test_pages_in_a_folder_are_one_listing_and_missing_ones_are_told(tmp_path: Path) -> None:
    for page in (1, 2, 10):
        photo = PHOTO | {"id": str(page), "url_o": f"https://live.staticflickr.com/{page}.jpg"}
        text = json.dumps(answer(photo, page=page, pages=10, total="1000"))
        (tmp_path / f"page-{page}.json").write_text(text, encoding="utf-8")
    found = read_listing(tmp_path)
    assert [photo.url[-7:] for photo in found.photos] == ["m/1.jpg", "m/2.jpg", "/10.jpg"]
    assert found.notes == ("The listing has 3 of 10 pages (1000 photos in all): 3, 4, 5, 6, 7 and more missing.",)
    assert found.photos[2].place == "page-10.json photo 1"


def test_a_last_page_without_photos_is_no_error_among_others() -> None:
    text = json.dumps(answer(PHOTO)) + "\n" + json.dumps(answer(page=2, pages=2))
    assert len(listing_in(text, Path("a.jsonl")).photos) == 1
