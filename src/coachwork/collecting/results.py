"""What a run of collecting did, and which rows of a listing it may not collect at all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from coachwork.collecting.licences import Licence, open_licence
from coachwork.collecting.listed import ListedPhoto, Listing

LICENCE_REFUSED = "licence_refused"
AUTHOR_MISSING = "author_missing"
LISTED_TWICE = "listed_twice"
NOT_USABLE = "not_usable"
TOO_SMALL = "too_small"
ROW_BROKEN = "row_broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCollected:
    """A row of the listing that gave no photo.

    Attributes:
        place: where in the listing.
        url: as listed.
        reason: for programs.
        explanation: for people.
        for_good: whether a later run will not try it again.
    """

    place: str
    url: str
    reason: str
    explanation: str
    for_good: bool = True


@dataclass(slots=True, kw_only=True)
class Collected:
    """What a run did.

    Attributes:
        fetched: photos that came in this run.
        there: photos of the listing that earlier runs had brought.
        copies: of `fetched`, those whose bytes another address had given already.
        left: photos that were not tried, as the run was to fetch no more.
        not_collected: the rows that gave none.
        notes: of the listing.
    """

    fetched: int = 0
    there: int = 0
    copies: int = 0
    left: int = 0
    not_collected: list[NotCollected] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> list[NotCollected]:
        """Those that failed, apart from those that were not wanted for their licence or were listed twice."""
        unwanted = {LICENCE_REFUSED, LISTED_TWICE}
        return [row for row in self.not_collected if row.reason not in unwanted]

    def by_reason(self) -> dict[str, list[NotCollected]]:
        """Rows of each reason, the most frequent first."""
        found: dict[str, list[NotCollected]] = {}
        for row in self.not_collected:
            found.setdefault(row.reason, []).append(row)
        return dict(sorted(found.items(), key=lambda entry: -len(entry[1])))

    def as_json(self) -> dict[str, object]:
        """The result as JSON values."""
        return {
            "schema": "coachwork.collect/1",
            "fetched": self.fetched,
            "there": self.there,
            "copies": self.copies,
            "left": self.left,
            "reasons": {reason: len(rows) for reason, rows in self.by_reason().items()},
            "not_collected": [asdict(row) for row in self.not_collected],
            "notes": list(self.notes),
        }


def wanted_photos(
    listing: Listing, allowed: Sequence[str]
) -> tuple[list[tuple[ListedPhoto, Licence]], list[NotCollected]]:
    """The photos of a listing that may be collected, each address once, and the rows that may not."""
    refused = [
        NotCollected(place=row.place, url=row.url, reason=ROW_BROKEN, explanation=row.why) for row in listing.bad_rows
    ]
    wanted: dict[str, tuple[ListedPhoto, Licence]] = {}
    for photo in listing.photos:
        try:
            licence = open_licence(photo.licence, allowed)
        except ValueError as why:
            refused.append(not_collected(photo, LICENCE_REFUSED, str(why)))
            continue
        if licence.needs_author and not photo.author:
            refused.append(not_collected(photo, AUTHOR_MISSING, f"{licence.name} asks to name the author: none is"))
        elif photo.url in wanted:
            first = wanted[photo.url][0].place
            refused.append(not_collected(photo, LISTED_TWICE, f"the address stands at {first} already"))
        else:
            wanted[photo.url] = photo, licence
    return list(wanted.values()), refused


def not_collected(photo: ListedPhoto, reason: str, explanation: str, *, for_good: bool = True) -> NotCollected:
    """That a listed photo gave none."""
    return NotCollected(
        place=photo.place, url=photo.url, reason=str(reason), explanation=explanation, for_good=for_good
    )
