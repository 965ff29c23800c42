"""The report of a car as a PDF for archives and screen readers (PDF/A-2a, PDF/UA-1); same report, same bytes."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachwork.errors import MissingExtra
from coachwork.reasons import ENGLISH, Wording
from coachwork.reports.car.contents import ReportContents
from coachwork.reports.car.estimate_contents import CHARGES
from coachwork.reports.car.page import private_words
from coachwork.reports.car.pictures import PhotoPictures

if TYPE_CHECKING:
    import typst

_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"
_ARCHIVED = ["a-2a", "ua-1"]


def report_pdf(
    report: ReportContents,
    pictures: Sequence[PhotoPictures],
    missing: Mapping[int, str] | None = None,
    w: Wording = ENGLISH,
) -> bytes:
    """The PDF file.

    Its fonts hold Latin, Greek and Cyrillic letters. For others, such as Chinese ones in a file's name, fonts of the
    machine are taken, and where it has none either, the file is an ordinary PDF with boxes in their place.

    Args:
        report: what it shows.
        pictures: of the photos that are at hand.
        missing: place of each other photo -> why it has none.
        w: the language of the contents.

    Raises:
        MissingExtra: typst is not installed.
    """
    try:
        import typst  # noqa: F401, PLC0415 - an extra, and looked for before work is done
    except ImportError as absent:
        raise MissingExtra(extra="pdf", package="typst") from absent
    with tempfile.TemporaryDirectory(prefix="coachwork-report-") as folder:
        root = Path(folder)
        (root / "main.typ").write_bytes((_HERE / "report.typ").read_bytes())
        (root / "car-map.svg").write_text(report.car_map, encoding="utf-8")
        values = _values(report, missing or {}, w) | {"private": private_words(pictures, w)} | _written(root, pictures)
        (root / "report.json").write_text(json.dumps(values), encoding="utf-8")
        return _compiled(root, date.fromisoformat(report.on_iso))


def _compiled(root: Path, day: date) -> bytes:
    import typst  # noqa: PLC0415

    made = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for of_machine in (False, True):
        try:
            return _compile(root, _fonts(of_machine=of_machine), _ARCHIVED, made)
        except typst.TypstError as refused:
            if "could not be displayed" not in str(refused):
                raise
    return _compile(root, _fonts(of_machine=True), [], made)


def _compile(root: Path, fonts: "typst.Fonts", standards: list[Any], made: datetime) -> bytes:
    import typst  # noqa: PLC0415

    found = typst.compile(
        str(root / "main.typ"),
        root=str(root),
        format="pdf",
        font_paths=fonts,
        pdf_standards=standards,
        timestamp=made,
    )
    if not isinstance(found, bytes):
        message = f"typst gave {type(found).__name__} for one PDF"
        raise TypeError(message)
    return found


def _fonts(*, of_machine: bool) -> "typst.Fonts":
    import typst  # noqa: PLC0415

    return typst.Fonts(include_system_fonts=of_machine, include_embedded_fonts=True, font_paths=[str(_FONTS)])


def _values(report: ReportContents, missing: Mapping[int, str], w: Wording) -> dict[str, Any]:
    values = asdict(report)
    for photo, told in zip(report.photos, values["photos"], strict=True):
        told["alt"] = w.say("map.photo", number=photo.number)
        if photo.damages:
            told["alt"] = w.say("map.photo_showing", number=photo.number, damages=list(photo.damages))
    damaged = ", ".join(dict.fromkeys(one.part for one in report.damages))
    return values | {
        "map_alt": w.say("map.alt", parts=damaged) if damaged else w.say("map.alt_none"),
        "charges": CHARGES,
        "missing": {str(place): why for place, why in missing.items()},
    }


def _written(root: Path, pictures: Sequence[PhotoPictures]) -> dict[str, dict[str, str]]:
    """Writes the pictures beside the template; gives their names."""
    shown: dict[str, str] = {}
    crops: dict[str, str] = {}
    for one in pictures:
        shown[str(one.place)] = f"photo-{one.place}.jpg"
        (root / shown[str(one.place)]).write_bytes(one.shown)
        for number, crop in one.crops.items():
            crops[str(number)] = f"damage-{number}.jpg"
            (root / crops[str(number)]).write_bytes(crop)
    return {"pictures": shown, "crops": crops}
