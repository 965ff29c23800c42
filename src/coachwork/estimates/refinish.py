"""Paint times of all panels of a car together: overlap, coats, caps and blending.

The arithmetic is that of the estimating guides as published by collisionblast.com (parts 13, 14, 16), CCC/Motor and
scrs.com/15320-2: the largest panel in full, further ones less the overlap, coats as shares after overlap, each rounded
to a tenth of an hour.

No further panel makes a car cheaper: a panel takes part in the overlap only where its own time is longer than
everything that it can save on itself, on its neighbours and by not being blended any more. In usual cards that leaves
out the smallest panels alone.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import cache, lru_cache
from itertools import combinations

from coachwork.estimates.items import NEIGHBOURS, Material, material_of
from coachwork.estimates.money import TENTH, ZERO, tenths
from coachwork.estimates.rate_card import CoatShares, RefinishTimes
from coachwork.inspections.vehicle import Paint
from coachwork.taxonomy import Item

_SILLS = {Item.LEFT_SILL, Item.RIGHT_SILL}
_ORDER = {item: place for place, item in enumerate(Item)}


class Coat(StrEnum):
    """What is sprayed beside the colour."""

    CLEAR_COAT = "clear coat"
    TRI_COAT = "tri-coat"
    TWO_TONE = "two-tone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelTime:
    """The paint time of one panel, in hours.

    Attributes:
        item: the panel.
        base: its refinish time by the card.
        overlap: what is saved beside other panels.
        coats: what each coat adds; empty for a blended panel.
        blend: hours of blending; None where the panel is refinished.
        blend_clear: hours of `blend` that are clear coat, the rest is colour.
    """

    item: Item
    base: Decimal
    overlap: Decimal = ZERO
    coats: Mapping[Coat, Decimal]
    blend: Decimal | None = None
    blend_clear: Decimal = ZERO

    @property
    def hours(self) -> Decimal:
        """All in all."""
        if self.blend is not None:
            return self.blend
        return self.base - self.overlap + sum(self.coats.values(), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintJob:
    """How a car is painted.

    Attributes:
        times: what the card says of panels and coats.
        base: refinish time of every panel that the card knows.
        paint: the car's finish.
        two_tone: two colours.
        absent: panels that the car does not have, and that are not blended.
    """

    times: RefinishTimes
    base: Mapping[Item, Decimal]
    paint: Paint
    two_tone: bool = False
    absent: frozenset[Item] = frozenset()

    @property
    def coats(self) -> dict[Coat, CoatShares]:
        """What is sprayed beside the colour; the clear coat is part of tri-coat."""
        found = {}
        if self.paint is Paint.TRI_COAT:
            found[Coat.TRI_COAT] = self.times.tri_coat
        elif self.paint is not Paint.SINGLE_STAGE:
            found[Coat.CLEAR_COAT] = self.times.clear_coat
        if self.two_tone:
            found[Coat.TWO_TONE] = self.times.two_tone
        return found

    def blend_hours(self, item: Item) -> Decimal:
        """Blending the panel: a share of its time to a tenth, without overlap, never more than the time itself."""
        return min(tenths(self.base[item] * self.times.blend), self.base[item])

    def overlaps(self, item: Item) -> bool:
        """Whether the panel is long enough to take part in the overlap; see the module."""
        return self.base[item] - self.blend_hours(item) >= self._most_saved(item)

    def least_more(self, item: Item) -> Decimal:
        """Hours that refinishing the panel adds at the least, whatever else is painted; never negative."""
        blended = self.blend_hours(item) if self.paint.is_blended else ZERO
        return self.base[item] - blended - (self._most_saved(item) if self.overlaps(item) else ZERO)

    def _most_saved(self, item: Item) -> Decimal:
        return _most_saved(self.times, _most_runs(item), self.base[item], two_tone=self.two_tone)

    def panels(self, refinished: Collection[Item]) -> tuple[PanelTime, ...]:
        """The times of all panels, refinished and blended, in the order of estimates.

        Args:
            refinished: panels with a base time; their order does not matter.
        """
        overlap = self._overlap(refinished)
        ranked = sorted(refinished, key=self._rank)
        coats = {item: dict(self._coats(item, overlap[item], first=item == ranked[0])) for item in ranked}
        for coat, shares in self.coats.items():
            left = shares.cap_hours
            for item in ranked if left is not None else ():
                coats[item][coat] = min(coats[item][coat], left or ZERO)
                left = (left or ZERO) - coats[item][coat]
        found = [
            PanelTime(item=item, base=self.base[item], overlap=overlap[item], coats=coats[item]) for item in ranked
        ]
        for item in self.blended(refinished):
            hours = self.blend_hours(item)
            clear = tenths(hours * self.times.blend_clear)
            found.append(PanelTime(item=item, base=self.base[item], coats={}, blend=hours, blend_clear=clear))
        return tuple(sorted(found, key=lambda panel: _ORDER[panel.item]))

    def hours(self, refinished: Collection[Item]) -> Decimal:
        """Paint hours of the car."""
        return sum((panel.hours for panel in self.panels(refinished)), ZERO)

    def beside(self, refinished: Collection[Item]) -> list[Item]:
        """Metal panels that share an edge with refinished metal ones, whether or not the card has a time for them.

        Sills are left out: nobody compares colours there.
        """
        if not self.paint.is_blended:
            return []
        metal = [item for item in refinished if material_of(item) is Material.METAL]
        near = {other for item in metal for other in NEIGHBOURS[item] if material_of(other) is Material.METAL}
        return sorted(near - set(refinished) - self.absent - _SILLS, key=_ORDER.__getitem__)

    def blended(self, refinished: Collection[Item]) -> list[Item]:
        """Panels that are blended."""
        return [item for item in self.beside(refinished) if item in self.base]

    def _rank(self, item: Item) -> tuple[Decimal, int]:
        return -self.base[item], _ORDER[item]

    def _coats(self, item: Item, overlap: Decimal, *, first: bool) -> Iterator[tuple[Coat, Decimal]]:
        for coat, shares in self.coats.items():
            share = shares.first if first else shares.further
            yield coat, tenths((self.base[item] - overlap) * share)

    def _overlap(self, refinished: Collection[Item]) -> dict[Item, Decimal]:
        """Each run of touching panels is painted from its largest panel on."""
        saved = dict.fromkeys(refinished, ZERO)
        waiting = sorted((item for item in refinished if self.overlaps(item)), key=self._rank)
        first = True
        while waiting:
            run, edge = [waiting[0]], [waiting[0]]
            while edge:
                reached = [item for item in waiting if item in NEIGHBOURS[edge[0]] and item not in run]
                run += reached
                edge = edge[1:] + reached
            for item in run[1:]:
                saved[item] = self.times.overlap_adjacent
            saved[run[0]] = ZERO if first else self.times.overlap_apart
            first = False
            waiting = [item for item in waiting if item not in run]
        return saved


@cache
def _most_runs(item: Item) -> int:
    """How many runs of painted panels the item can join at most: the most neighbours that do not touch each other."""
    near = sorted(NEIGHBOURS[item])
    for count in range(len(near), 0, -1):
        for chosen in combinations(near, count):
            if all(other not in NEIGHBOURS[one] for one, other in combinations(chosen, 2)):
                return count
    return 0


@lru_cache(maxsize=4096)
def _most_saved(times: RefinishTimes, runs: int, base: Decimal, *, two_tone: bool) -> Decimal:
    """What painting a panel can save on itself and on its neighbours, with the rounding of their coats."""
    more = times.overlap_adjacent - times.overlap_apart
    saved = max(times.overlap_apart + more * runs, times.overlap_adjacent)

    def lost(shares: CoatShares) -> Decimal:
        rounding = (shares.further * more).quantize(TENTH, rounding=ROUND_CEILING) * runs
        return max(ZERO, rounding - tenths(shares.further * max(ZERO, base - times.overlap_adjacent)))

    coats = max(lost(times.clear_coat), lost(times.tri_coat)) + (lost(times.two_tone) if two_tone else ZERO)
    return saved + coats
