import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from coachwork.assessments.verdict import Verdict
from coachwork.errors import MissingExtra
from coachwork.geometry.box import Box
from coachwork.inspections.coverage import OPTIONAL, SeenPart
from coachwork.inspections.inspection import inspect_car
from coachwork.inspections.vehicle import Body, Vehicle
from coachwork.photos.privacy import PrivateKind, PrivateRegion
from coachwork.photos.reading import Photo, read_photo
from coachwork.reports.car.contents import report_contents
from coachwork.reports.car.folder import ReportFolderError, WrittenReport, write_report
from coachwork.reports.car.page import report_page
from coachwork.reports.car.pdf import report_pdf
from coachwork.reports.car.pictures import derived_pixels, photo_pictures
from coachwork.taxonomy import CarPart
from tests.assessments.test_views import photo
from tests.reports.car.cases import VEHICLE, assessed, damaged_car, whole_document

HOSTILE = "<script>alert('x')</script> #panic() #pagebreak() $x$ *b* [c] @a {{ 7*7 }} \\u{41} ÄÖÜ"


class _Words(HTMLParser):
    """The text of a page, and the tags that it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def pdf_of(written: WrittenReport) -> bytes:
    assert written.pdf is not None
    return written.pdf.read_bytes()


def pages(pdf: bytes) -> int:
    return max(int(one) for one in re.findall(rb"/Type/Pages/Count (\d+)", pdf))


def test_the_folder_holds_page_pdf_and_pictures(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path), settled=True)
    written = write_report(document, tmp_path / "report")
    assert pdf_of(written).startswith(b"%PDF")
    assert [path.name for path in written.pictures] == ["01-links.jpg", "02-rechts.jpg"]
    assert not written.missing
    told = _Words(written.page.read_text(encoding="utf-8"))
    words = " ".join(told.words)
    for expected in ("Škoda Fabia 2019", "M-ÄÖ 12", "front left door", "moderate to severe", "Possible", "sample"):
        assert expected in words
    for section in ("Repair estimate", "Settlement proposal", "Condition grade", "What was seen", "How this report"):
        assert section in words
    assert {"svg", "img", "table"} <= told.tags
    assert "script" not in told.tags


def test_the_report_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = write_report(whole_document(damaged_car(tmp_path)), tmp_path / "report").page.read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href|url)\s*[=(]\s*"?([^")\s>]+)', page)
    assert sources
    assert all(one.startswith(("data:image/jpeg;base64,", "#")) for one in sources)


def test_the_pdf_is_for_archives_with_its_fonts(tmp_path: Path) -> None:
    pdf = pdf_of(write_report(whole_document(damaged_car(tmp_path)), tmp_path / "report"))
    assert b"pdfaid:part>2" in pdf
    assert b"pdfaid:conformance>A" in pdf
    assert b"pdfuaid:part>1" in pdf
    assert b"SourceSans3-Regular" in pdf
    assert pdf.count(b"/FontFile") >= 2


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path), settled=True)
    again = json.loads(json.dumps(document))
    first, second = (write_report(one, tmp_path / name) for one, name in ((document, "a"), (again, "b")))
    assert first.page.read_bytes() == second.page.read_bytes()
    assert pdf_of(first) == pdf_of(second)
    assert [one.read_bytes() for one in first.pictures] == [one.read_bytes() for one in second.pictures]


def test_another_day_changes_page_and_pdf(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path))
    later = document | {"made": document["made"] | {"on": "2027-01-02"}}
    first, second = (write_report(one, tmp_path / name) for one, name in ((document, "a"), (later, "b")))
    assert pdf_of(first) != pdf_of(second)
    assert "2 January 2027" in second.page.read_text(encoding="utf-8")


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    name = HOSTILE.replace("/", "").replace("\\", "") + ".jpg"
    inspection = replace(
        damaged_car(tmp_path, (name, "b.jpg")), vehicle=Vehicle(make=HOSTILE, model="*" * 100, plate=HOSTILE)
    )
    written = write_report(whole_document(inspection), tmp_path / "report")
    told = _Words(written.page.read_text(encoding="utf-8"))
    assert "script" not in told.tags
    words = "".join(told.words)
    assert HOSTILE in words
    assert name in words
    assert {"49"}.isdisjoint(told.words)
    plain = pdf_of(write_report(whole_document(damaged_car(tmp_path)), tmp_path / "plain"))
    assert pages(pdf_of(written)) <= pages(plain) + 1


@pytest.mark.parametrize("name", ["汽车.jpg", "😀.jpg"])
def test_letters_that_no_font_has_do_not_break_the_pdf(tmp_path: Path, name: str) -> None:
    written = write_report(whole_document(damaged_car(tmp_path, (name,))), tmp_path / "report")
    assert pdf_of(written).startswith(b"%PDF")


def test_a_photo_that_is_gone_or_changed_is_named_and_leaves_its_place(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path, ("a.jpg", "b.jpg", "c.jpg")))
    (tmp_path / "a.jpg").unlink()
    (tmp_path / "b.jpg").write_bytes((tmp_path / "c.jpg").read_bytes())
    written = write_report(document, tmp_path / "report")
    assert set(written.missing) == {"a.jpg", "b.jpg"}
    assert "digest" in written.missing["b.jpg"]
    assert [path.name for path in written.pictures] == ["03-c.jpg"]
    assert "photo not at hand" in written.page.read_text(encoding="utf-8")


def test_pictures_of_an_earlier_report_go_and_other_files_stay(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    document = whole_document(damaged_car(tmp_path, ("a.jpg", "b.jpg")))
    write_report(document, folder)
    (folder / "photos" / "notes.txt").write_text("mine")
    (tmp_path / "other").mkdir()
    write_report(whole_document(damaged_car(tmp_path / "other", ("z.jpg",))), folder)
    assert sorted(path.name for path in (folder / "photos").iterdir()) == ["01-z.jpg", "notes.txt"]


def test_the_repair_cost_never_stands_without_its_interval(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path))
    total = report_contents(document).estimate
    assert total is not None
    figure, words = report_contents(document).facts[-1]
    assert figure == total.likely
    assert words.removesuffix(", more is open").endswith(f"likely repair cost, {total.bounds}")
    assert words.endswith("more is open") is total.least
    assert total.bounds in total.total


def test_photos_of_others_in_the_pictures_folder_stay(tmp_path: Path) -> None:
    shown = tmp_path / "report" / "photos"
    shown.mkdir(parents=True)
    (shown / "20261121-101500.jpg").write_bytes(b"\xff\xd8 somebody's photo")
    (shown / "01-album").mkdir()
    write_report(whole_document(damaged_car(tmp_path, ("a.jpg",))), tmp_path / "report")
    assert sorted(path.name for path in shown.iterdir()) == ["01-a.jpg", "01-album", "20261121-101500.jpg"]


def test_photos_that_lie_where_pictures_go_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    document = whole_document(damaged_car(tmp_path / "photos", ("01-a.jpg", "02-b.jpg")))
    before = [path.read_bytes() for path in sorted((tmp_path / "photos").iterdir())]
    with pytest.raises(ReportFolderError, match=r"01-a\.jpg lies where the report puts its pictures"):
        write_report(document, tmp_path)
    assert [path.read_bytes() for path in sorted((tmp_path / "photos").iterdir())] == before


def test_without_photos_there_is_still_a_report(tmp_path: Path) -> None:
    document = whole_document(inspect_car([], {}))
    written = write_report(document, tmp_path / "report")
    words = " ".join(_Words(written.page.read_text(encoding="utf-8")).words)
    assert "Neither damage nor its absence is claimed" in words
    assert "There is nothing to price" in words
    assert pdf_of(written).startswith(b"%PDF")


def test_none_is_told_with_its_promise(tmp_path: Path) -> None:
    parts = tuple(SeenPart(part=part, share=0.1) for part in CarPart if part not in OPTIONAL)
    usable = replace(photo().quality, usable=True, reasons=())
    model = replace(photo().model, promise="at most 5 % of damaged photos are called undamaged")
    clean = assessed(tmp_path / "a.jpg", replace(photo(), verdict=Verdict.NONE, quality=usable, model=model))
    inspection = inspect_car([replace(clean, parts=parts)], {}, known_parts=tuple(CarPart), vehicle=VEHICLE)
    contents = report_contents(whole_document(inspection))
    assert contents.verdict_words == "No damage found"
    assert "at most 5 %" in contents.claim
    assert not contents.damages


def test_damages_are_numbered_alike_everywhere(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path))
    contents = report_contents(document)
    assert [(one.number, one.likely) for one in contents.damages] == [(1, True), (2, False)]
    assert contents.damages[0].seen == "photo 1"
    assert contents.off_map == ("part unknown: 2",)
    assert contents.photos[0].damages == (1, 2)
    assert contents.estimate is not None
    assert {line.damages for line in contents.estimate.lines} >= {"1"}
    (pictures, _) = photo_pictures(document, contents.damages, lambda told: Path(told["file"]))
    assert set(pictures.crops) == {1, 2}


def test_totals_of_the_estimate_are_its_lines(tmp_path: Path) -> None:
    estimate = report_contents(whole_document(damaged_car(tmp_path))).estimate
    assert estimate is not None
    work, tax, total = (
        [float(getattr(row, key).replace(",", "")) for key in ("lower", "likely", "upper")]
        for row in estimate.totals[:3]
    )
    assert [round(a + b, 2) for a, b in zip(work, tax, strict=True)] == total
    assert estimate.sums[-1] == estimate.totals[2].likely == estimate.likely


def test_what_is_private_is_hidden_in_every_picture(tmp_path: Path) -> None:
    document = whole_document(damaged_car(tmp_path))
    whole = PrivateRegion(
        kind=PrivateKind.FACE, polygon=np.array([[0, 0], [400, 0], [400, 300], [0, 300]]) * 1.0, score=1.0
    )
    contents = report_contents(document)

    def variety(finder: object) -> list[float]:
        found = photo_pictures(document, contents.damages, lambda told: Path(told["file"]), finder=finder)  # type: ignore[arg-type]
        files = [data for one in found for data in (one.overlay, one.shown, *one.crops.values())]
        return [float(np.diff(read_photo(data).pixels.astype(float), axis=1).std()) for data in files]

    hidden = variety(lambda _photo: (whole,))
    written = write_report(document, tmp_path / "report", finder=lambda _photo: (whole,))
    assert written.private == 2
    page = written.page.read_text(encoding="utf-8")
    assert "2 places that look like a face or a number plate are hidden" in page
    assert "hides a good part of damage 1, 2 here" in page
    nothing = write_report(document, tmp_path / "nothing", finder=lambda _photo: ())
    assert "Nothing that looks like a face" in nothing.page.read_text(encoding="utf-8")
    assert "as the photos do" in write_report(document, tmp_path / "open").page.read_text(encoding="utf-8")
    assert len(hidden) == 6
    assert all(one < other / 2 for one, other in zip(hidden, variety(None), strict=True))


def test_the_original_pixels_stay_as_they_are(tmp_path: Path) -> None:
    damaged_car(tmp_path, ("a.jpg",))
    opened = read_photo(tmp_path / "a.jpg")
    before = opened.pixels.copy()

    def corner(_photo: Photo) -> tuple[PrivateRegion, ...]:
        box = Box(x_min=0, y_min=0, x_max=50, y_max=50)
        outline = np.array(
            [[box.x_min, box.y_min], [box.x_max, box.y_min], [box.x_max, box.y_max], [box.x_min, box.y_max]]
        )
        return (PrivateRegion(kind=PrivateKind.NUMBER_PLATE, polygon=outline, score=1.0),)

    pixels, regions = derived_pixels(opened, corner)
    assert regions is not None
    assert len(regions) == 1
    assert (opened.pixels == before).all()
    assert (pixels[:50, :50] != before[:50, :50]).any()
    assert derived_pixels(opened, None)[0] is opened.pixels


def test_page_and_pdf_need_no_pictures(tmp_path: Path) -> None:
    contents = report_contents(whole_document(damaged_car(tmp_path)))
    assert "no-picture" in report_page(contents, [], {0: "gone"})
    assert report_pdf(contents, []).startswith(b"%PDF")


def test_without_its_extra_there_is_no_pdf_and_no_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = whole_document(damaged_car(tmp_path))
    write_report(document, tmp_path / "report")
    monkeypatch.setitem(sys.modules, "typst", None)
    written = write_report(document, tmp_path / "report")
    assert written.pdf is None
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["photos", "report.html"]
    with pytest.raises(MissingExtra, match=r"coachwork\[pdf\]"):
        report_pdf(report_contents(document), [])


@pytest.mark.parametrize(
    ("body", "absent", "there"),
    [(Body.ESTATE, "boot lid", "tailgate or load bed"), (Body.SALOON, "tailgate or load bed", "boot lid")],
)
def test_a_part_that_the_car_does_not_have_is_not_missed(tmp_path: Path, body: Body, absent: str, there: str) -> None:
    inspection = inspect_car(
        [assessed(tmp_path / "a.jpg", photo())],
        {},
        known_parts=(CarPart.BOOT_LID, CarPart.TAILGATE_OR_LOAD_BED),
        vehicle=Vehicle(body=body),
    )
    (sight,) = report_contents(whole_document(inspection)).sights
    assert sight == ("Not seen", there)
    assert absent not in sight[1]
