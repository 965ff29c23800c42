"""The condition grade of a car by a scheme, as an interval where something is unknown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from coachwork.errors import CoachworkError
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.money import ZERO
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.readings import Reading
from coachwork.reasons import Reason, said
from coachwork.valuation.rating import Rating, rate_damages
from coachwork.valuation.scheme import Counted, Grade, Scheme


class GradingError(CoachworkError):
    """A scheme cannot grade a car."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What of a car a grade's limits are held against, in one reading.

    Attributes:
        counts: class or tag -> how many; a class counts with all worse ones.
        points: of all parts together.
    """

    counts: Mapping[str, int]
    points: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadGrade:
    """The grade in one reading.

    Attributes:
        grade: the best one whose limits hold.
        place: of the grade, from 0 for the best.
        ratings: of the damages that count.
        tally: of them.
        why: what kept the car from the next better grade; empty for the best.
    """

    grade: Grade
    place: int
    ratings: tuple[Rating, ...]
    tally: Tally
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The grade of a car.

    Attributes:
        scheme: by which it was graded.
        read: in each reading; from the best that may be to the worst that may be.
    """

    scheme: Scheme
    read: Mapping[Reading, ReadGrade]

    @property
    def words(self) -> str:
        """The grade as people read it: the likely one, and the interval where they differ."""
        best, likely, worst = (self.read[reading].grade.name for reading in Reading)
        return likely if best == worst else f"{likely} ({best} to {worst})"


def grade_car(damages: Iterable[RepairDamage], scheme: Scheme, card: RateCard) -> Grading:
    """Grades a car by its damages; their order does not matter.

    Args:
        damages: each once, with names of their own.
        scheme: with grades.
        card: see `rate_damages`.

    Raises:
        GradingError: the scheme only sorts damages.
    """
    if not scheme.grades:
        message = f"the scheme {scheme.name} sorts damages and has no grades: choose another one"
        raise GradingError(message)
    known = tuple(damages)
    return Grading(scheme=scheme, read={reading: _graded(known, scheme, card, reading) for reading in Reading})


def tally_of(ratings: Sequence[Rating], scheme: Scheme, reading: Reading) -> Tally:
    """Counts ratings as a scheme's grades do.

    A damage on an unknown part may share it with others, so in the lower reading it brings no part of its own as long
    as any other part has its class; in the other readings each lies on a part of its own.
    """
    parts: dict[object, list[Rating]] = {}
    for rating in ratings:
        shared = "unknown" if reading is Reading.LOWER else rating.damage.name
        parts.setdefault(rating.spot or shared, []).append(rating)
    doubtful = parts.pop("unknown", []) if reading is Reading.LOWER else []
    counted: dict[str, int] = {}
    for level, one in enumerate(scheme.classes):
        if one.counted is Counted.DAMAGE:
            counted[one.name] = sum(rating.damage.count for rating in ratings if rating.level >= level)
        else:
            have = sum(any(rating.level >= level for rating in part) for part in parts.values())
            counted[one.name] = max(have, int(any(rating.level >= level for rating in doubtful)))
    for tag in scheme.tags:
        counted[tag] = sum(any(tag in rating.tags for rating in part) for part in parts.values())
    points = sum((_points(part, scheme) for part in parts.values()), ZERO)
    return Tally(counts=counted, points=max(points, _points(doubtful, scheme)))


def _points(part: Sequence[Rating], scheme: Scheme) -> Decimal:
    """Of one part: the most that any class gives for it."""
    found = [ZERO]
    for level, one in enumerate(scheme.classes):
        there = sum(rating.damage.count for rating in part if rating.level >= level)
        found.append(one.points * (there if one.counted is Counted.DAMAGE else min(there, 1)))
    return max(found)


def _graded(damages: Sequence[RepairDamage], scheme: Scheme, card: RateCard, reading: Reading) -> ReadGrade:
    ratings = rate_damages(damages, scheme, card, reading)
    tally = tally_of(ratings, scheme, reading)
    kept: tuple[str, ...] = ()
    for place, grade in enumerate(scheme.grades):
        broken = tuple(_broken_limits(grade, tally, scheme))
        if not broken:
            return ReadGrade(grade=grade, place=place, ratings=ratings, tally=tally, why=kept)
        kept = tuple(said("grade.not", grade=grade.name, why=reason) for reason in broken)
    message = f"no grade of {scheme.name} takes the car"  # the reader of schemes sees to it
    raise GradingError(message)


def _broken_limits(grade: Grade, tally: Tally, scheme: Scheme) -> Iterator[Reason]:
    worst = scheme.classes[-1].name
    for key, most in grade.most.items():
        if tally.counts[key] > most:
            code = "count" if key in scheme.tags or key == worst else "count_or_worse"
            yield said(f"grade.{code}", count=tally.counts[key], what=key, most=most)
    if grade.points is not None and tally.points > grade.points:
        yield said("grade.points", points=tally.points, most=grade.points)
