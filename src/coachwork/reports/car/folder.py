"""The folder of a report: the page, the PDF, the pictures, all made from one document of an inspection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.errors import CoachworkError, MissingExtra
from coachwork.reasons import ENGLISH, Wording
from coachwork.reports.car.contents import ReportContents, photo_name, report_contents
from coachwork.reports.car.page import report_page
from coachwork.reports.car.pdf import report_pdf
from coachwork.reports.car.pictures import Finder, PhotoPictures, photo_pictures, picture_name
from coachwork.reports.pages import write_page

PAGE, PDF, PICTURES, DOCUMENT = "report.html", "report.pdf", "photos", "inspection.json"
_MARK = b"Coachwork: a photo with its damages drawn"
"""Stands in a JPEG comment of every picture here: without it a file is nobody's to remove but its owner's."""
_MARKED = b"\xff\xfe" + (len(_MARK) + 2).to_bytes(2, "big") + _MARK


class ReportFolderError(CoachworkError):
    """Photos lie where a report would put its pictures.

    Attributes:
        photo: one of them.
    """

    def __init__(self, photo: Path) -> None:
        super().__init__(f"{photo} lies where the report puts its pictures: name another folder for the report")
        self.photo = photo


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """What was written.

    Attributes:
        page, pdf: the files; the PDF is None where the extra that writes it is not installed.
        pictures: of the photos with their damages, in their order.
        missing: names of photos that have no picture -> why.
        private: how many faces and number plates are hidden; None where none was looked for.
    """

    page: Path
    pdf: Path | None
    pictures: tuple[Path, ...]
    missing: Mapping[str, str]
    private: int | None


def write_report(
    document: Mapping[str, Any],
    folder: Path,
    where: Callable[[Mapping[str, Any]], Path | None] = lambda told: Path(told["file"]),
    *,
    finder: Finder | None = None,
    w: Wording = ENGLISH,
) -> WrittenReport:
    """Writes ``report.html``, ``report.pdf`` and ``photos/`` of a document, which itself is the caller's to write.

    Pictures and a PDF that an earlier report left in the folder go: they could show another car.

    Args:
        document: by ``coachwork.inspection/1``, which it must follow.
        folder: is made where it is missing.
        where: the file of a photo, by its object ``photo`` in the document; None where it is not at hand.
        finder: of faces and number plates; what it finds is hidden in every picture. None where nothing is to be.
        w: the language.

    Raises:
        OSError: the folder cannot be written.
        ReportFolderError: a photo lies where its pictures would.
    """
    check_originals_apart((where(told["photo"]) for told in document["photos"]), folder)
    contents = report_contents(document, w)
    missing: dict[int, str] = {}
    pictures = list(photo_pictures(document, contents.damages, where, finder=finder, missing=missing.__setitem__))
    shown = folder / PICTURES
    shown.mkdir(parents=True, exist_ok=True)
    names = [photo_name(photo["photo"]["file"]) for photo in document["photos"]]
    written = tuple(shown / picture_name(one.place + 1, names[one.place]) for one in pictures)
    for stale in shown.iterdir():
        if stale not in written and _is_own_picture(stale):
            stale.unlink()
    for path, one in zip(written, pictures, strict=True):
        path.write_bytes(one.overlay[:2] + _MARKED + one.overlay[2:])
    write_page(folder / PAGE, report_page(contents, pictures, missing, w))
    pdf = _pdf(contents, pictures, missing, w)
    if pdf is None:
        (folder / PDF).unlink(missing_ok=True)
    else:
        (folder / PDF).write_bytes(pdf)
    return WrittenReport(
        page=folder / PAGE,
        pdf=None if pdf is None else folder / PDF,
        pictures=written,
        missing={names[place]: why for place, why in missing.items()},
        private=None if finder is None else sum(one.private or 0 for one in pictures),
    )


def check_originals_apart(photos: Iterable[Path | None], folder: Path) -> None:
    """Keeps pictures from standing among the photos that they show, or in their place.

    Args:
        photos: where they lie; None where they are not at hand.
        folder: of the report.

    Raises:
        ReportFolderError: one lies in the folder of the pictures.
    """
    shown = (folder / PICTURES).resolve()
    for photo in photos:
        if photo is not None and photo.resolve().parent == shown:
            raise ReportFolderError(photo)


def _is_own_picture(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(2 + len(_MARKED)) == b"\xff\xd8" + _MARKED


def _pdf(
    contents: ReportContents, pictures: Sequence[PhotoPictures], missing: Mapping[int, str], w: Wording
) -> bytes | None:
    """The PDF; None without the extra that makes it: everything else of the report is worth having all the same."""
    try:
        return report_pdf(contents, pictures, missing, w)
    except MissingExtra:
        return None
