import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.collecting.listed import ListedPhoto, ListingError
from coachwork.collecting.listing import listing_in, read_listing

ROW = {"url": "https://photos.example/a.jpg", "licence": "CC BY 4.0", "author": "Ada", "title": "Door", "page": ""}


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("text", ["", "\n\n", "[]", "{}", '{"photos": []}', "url,licence,author\n", "a,b\n1,2\n", "42"])
def test_a_listing_of_nothing_says_what_it_needs(text: str) -> None:
    with pytest.raises(ListingError, match=r"listing: .*(url|address)"):
        listing_in(text, Path("listing"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "url,licence,author,title,page\nhttps://photos.example/a.jpg,CC BY 4.0,Ada,Door,\n"),
        ("a.csv", "\ufeffTitle;URL;License;Creator\r\nDoor;https://photos.example/a.jpg;CC BY 4.0;Ada\r\n"),
        ("a.tsv", "image url\tlicense\tphotographer\ttitle\nhttps://photos.example/a.jpg\tCC BY 4.0\tAda\tDoor\n"),
        ("a.json", json.dumps([ROW])),
        ("a.json", json.dumps({"photos": [ROW], "more": 1})),
        ("a.json", json.dumps(ROW)),
        ("a.jsonl", json.dumps(ROW) + "\n\n"),
        ("listing", json.dumps(ROW)),
    ],
)
def test_one_photo_in_every_form(tmp_path: Path, name: str, text: str) -> None:
    listing = read_listing(written(tmp_path, name, text))
    assert not listing.bad_rows
    (photo,) = listing.photos
    found = {name: getattr(photo, name) for name in ROW}
    assert found == ROW


def test_the_shape_of_openverse() -> None:
    row = {
        "url": "https://live.staticflickr.com/1/2.jpg",
        "foreign_landing_url": "https://www.flickr.com/photos/ada/2",
        "creator": "Ada",
        "license": "by-sa",
        "license_version": "2.0",
        "title": "Dent",
        "tags": [{"name": "car"}],
    }
    (photo,) = listing_in(json.dumps({"result_count": 1, "page": 1, "results": [row]}), Path("a.json")).photos
    assert photo.licence == "by-sa 2.0"
    assert photo.page == "https://www.flickr.com/photos/ada/2"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"url": ""}, "no address"),
        ({"url": None}, "no address"),
        ({"url": "photos.example/a.jpg"}, "neither http nor https"),
        ({"url": "file:///etc/passwd"}, "neither http nor https"),
        ({"url": "ftp://photos.example/a.jpg"}, "neither http nor https"),
        ({"url": "https:///a.jpg"}, "broken"),
        ({"url": "http://[::1/a.jpg"}, "broken"),
        ({"url": "http://photos.example:port/a.jpg"}, "broken"),
        ({"url": "https://photos.example/" + "a" * 5000}, "broken"),
        ({"url": "https://me:secret@photos.example/a.jpg"}, "user name"),
        ({"licence": ""}, "no licence"),
        ({"licence": ["CC BY"]}, "no licence"),
    ],
)
def test_a_row_that_names_no_photo_says_why(change: dict[str, object], why: str) -> None:
    listing = listing_in(json.dumps([ROW, ROW | change]), Path("a.json"))
    assert len(listing.photos) == 1
    (bad,) = listing.bad_rows
    assert bad.place == "row 2"
    assert why in bad.why


def test_rows_are_placed_where_an_editor_shows_them() -> None:
    text = 'url,licence,author\nhttps://a.example/1,CC0,"Ada\nand Bob"\nx,CC0,\nhttps://a.example/2,CC0,,,,\n'
    listing = listing_in(text, Path("a.csv"))
    assert [photo.author for photo in listing.photos] == ["Ada and Bob"]
    assert [(bad.place, bad.why.split(":")[0]) for bad in listing.bad_rows] == [
        ("line 4", "the address is neither http nor https"),
        ("line 5", "the row has more cells than the header"),
    ]


def test_a_broken_line_among_json_lines_is_passed_over() -> None:
    listing = listing_in(json.dumps(ROW) + '\n{"url": \n' + json.dumps(ROW) + "\n", Path("a.jsonl"))
    assert len(listing.photos) == 2
    assert [bad.place for bad in listing.bad_rows] == ["line 2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00u", "UTF-8"),
        (b'{"photos": [', "is no JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'url,licence\n"https://a.example,CC0\n', "after line 1 the CSV is broken"),
        (b"{\n{\n", "neither JSON nor JSON lines"),
    ],
)
def test_a_file_that_is_no_listing_says_what_is_wrong(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ListingError, match=words):
        read_listing(tmp_path / "a")


def test_a_file_or_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ListingError, match="No such file"):
        read_listing(tmp_path / "none.csv")
    with pytest.raises(ListingError, match="holds no JSON"):
        read_listing(tmp_path)


@given(st.text(max_size=200))
def test_any_text_is_a_listing_or_no_listing(text: str) -> None:
    try:
        listing = listing_in(text, Path("a.csv"))
    except ListingError:
        return
    assert listing.photos or listing.bad_rows


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["photos", "photo", "url", "licence", "stat", "page", "pages"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_listing_or_no_listing(value: object) -> None:
    try:
        listing = listing_in(json.dumps(value), Path("a.json"))
    except ListingError:
        return
    assert all(isinstance(photo, ListedPhoto) for photo in listing.photos)
