"""Collects the photos of a listing: open licences alone, politely, each once, with its attribution."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from coachwork.collecting.fetching import FetchError, FetchProblem, host_of
from coachwork.collecting.folder import CollectionFolder
from coachwork.collecting.licences import Licence
from coachwork.collecting.listed import ListedPhoto, Listing
from coachwork.collecting.pace import Pace
from coachwork.collecting.results import NOT_USABLE, TOO_SMALL, Collected, not_collected, wanted_photos
from coachwork.datasets.photo_table import CollectedPhoto
from coachwork.datasets.version import photo_place
from coachwork.photos.quality import MIN_SHORT_SIDE_PX
from coachwork.photos.reading import Photo, PhotoError, ReadingLimits, read_photo

_CHECKED_SIDE = 256
"""Photos are decoded at a reduced scale to check them: their data is still read to the end."""


class Fetches(Protocol):
    """What fetches an address."""

    def fetch(self, url: str) -> bytes:
        """The body, or a `FetchError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectPlan:
    """How to collect.

    Attributes:
        allowed: licences that the user allows besides the open ones.
        interval_s: at least so long between two requests to one host.
        attempts: for a photo whose host is busy or cannot be reached.
        first_wait_s: after the first of them, doubled each time, where the host does not say.
        longest_wait_s: a host that asks to wait longer is left alone in this run.
        min_short_side_px: smaller photos are not kept.
        max_mb: larger files are not fetched.
        count: at most so many photos are fetched in this run; None for all.
    """

    allowed: tuple[str, ...] = ()
    interval_s: float = 1.0
    attempts: int = 4
    first_wait_s: float = 5.0
    longest_wait_s: float = 300.0
    min_short_side_px: int = MIN_SHORT_SIDE_PX
    max_mb: float = 64.0
    count: int | None = None

    @property
    def max_bytes(self) -> int:
        """Largest file."""
        return int(self.max_mb * 2**20)


@dataclass(slots=True, kw_only=True)
class _Wanted:
    listed: ListedPhoto
    licence: Licence
    attempts: int = 0


def collect(
    listing: Listing,
    folder: CollectionFolder,
    fetcher: Fetches,
    plan: CollectPlan,
    *,
    pace: Pace,
    done: Callable[[], None] = lambda: None,
) -> Collected:
    """Fetches what is not there yet, host by host in turn.

    Args:
        listing: what to collect.
        folder: where to, opened.
        fetcher: makes one attempt.
        plan: how.
        pace: of requests, shared with the fetcher's redirects.
        done: called for each photo that is settled one way or the other.
    """
    wanted, refused = wanted_photos(listing, plan.allowed)
    result = Collected(not_collected=refused, notes=listing.notes)
    waiting: dict[str, deque[_Wanted]] = {}
    for photo, licence in wanted:
        if folder.has(photo.url):
            result.there += 1
            done()
        elif photo.url in folder.passed_over:
            why = f"{folder.passed_over[photo.url]} (in an earlier run)"
            result.not_collected.append(not_collected(photo, "passed_over", why))
            done()
        else:
            waiting.setdefault(host_of(photo.url), deque()).append(_Wanted(listed=photo, licence=licence))
    _Round(folder=folder, fetcher=fetcher, plan=plan, pace=pace, done=done, result=result).run(waiting)
    return result


@dataclass(slots=True, kw_only=True)
class _Round:
    """Goes through the hosts: always the one that may be asked first."""

    folder: CollectionFolder
    fetcher: Fetches
    plan: CollectPlan
    pace: Pace
    done: Callable[[], None]
    result: Collected

    def run(self, waiting: dict[str, deque[_Wanted]]) -> None:
        turns = [(0.0, number, host) for number, host in enumerate(waiting)]
        heapq.heapify(turns)
        while turns:
            _, number, host = heapq.heappop(turns)
            queue = waiting[host]
            if self.plan.count is not None and self.result.fetched >= self.plan.count:
                self.result.left += len(queue)
                continue
            self._next_of(host, queue)
            if queue:
                heapq.heappush(turns, (self.pace.ready_at(host), number, host))

    def _next_of(self, host: str, queue: deque[_Wanted]) -> None:
        photo = queue.popleft()
        try:
            data = self._bytes_of(host, photo)
        except FetchError as fault:
            self._failed(host, queue, photo, fault)
            return
        self._take(photo, data)
        self.done()

    def _bytes_of(self, host: str, photo: _Wanted) -> bytes:
        url = photo.listed.url
        if (kept := self.folder.kept(url)) is not None:
            return kept
        self.pace.await_turn(host)
        data = self.fetcher.fetch(url)
        self.folder.keep(url, data)
        return data

    def _failed(self, host: str, queue: deque[_Wanted], photo: _Wanted, fault: FetchError) -> None:
        photo.attempts += 1
        wait = self.plan.first_wait_s * 2 ** (photo.attempts - 1) if fault.wait_s is None else fault.wait_s
        if fault.problem is FetchProblem.PRIVATE_ADDRESS:
            self._later(photo, fault.problem, f"{fault.explanation}: allow it if you trust the listing")
        elif not fault.passing:
            self._pass_over(photo, fault.problem, fault.explanation)
        elif wait > self.plan.longest_wait_s:
            for each in (photo, *queue):
                why = f"{fault.explanation} and asks to wait {wait:.0f} seconds: run the command again later"
                self._later(each, fault.problem, why)
            queue.clear()
        elif photo.attempts >= self.plan.attempts:
            self._later(photo, fault.problem, f"{fault.explanation} ({photo.attempts} attempts): try again later")
        else:
            if fault.problem in {FetchProblem.BUSY, FetchProblem.UNREACHABLE}:
                self.pace.hold(host, wait)
            queue.append(photo)

    def _take(self, photo: _Wanted, data: bytes) -> None:
        try:
            read = read_photo(
                data, name=photo.listed.url, limits=ReadingLimits(max_bytes=self.plan.max_bytes), min_side=_CHECKED_SIDE
            )
        except PhotoError as fault:
            self._pass_over(photo, NOT_USABLE, fault.explanation)
            return
        short = min(read.size.height, read.size.width)
        if short < self.plan.min_short_side_px:
            why = f"the shorter side has {short} pixels, {self.plan.min_short_side_px} are wanted"
            self._pass_over(photo, TOO_SMALL, why)
            return
        record = _record(photo, read, len(data))
        self.result.copies += (self.folder.root / record.file).exists()
        self.folder.add(record)
        self.result.fetched += 1

    def _pass_over(self, photo: _Wanted, reason: str, explanation: str) -> None:
        self.folder.pass_over(photo.listed.url, explanation)
        self.result.not_collected.append(not_collected(photo.listed, reason, explanation))
        self.done()

    def _later(self, photo: _Wanted, reason: str, explanation: str) -> None:
        self.result.not_collected.append(not_collected(photo.listed, reason, explanation, for_good=False))
        self.done()


def _record(photo: _Wanted, read: Photo, length: int) -> CollectedPhoto:
    listed = photo.listed
    return CollectedPhoto(
        file=photo_place(read.sha256, f".{read.format}"),
        sha256=read.sha256,
        url=listed.url,
        licence=photo.licence.name,
        licence_stated=listed.licence,
        licence_url=photo.licence.url,
        author=listed.author,
        title=listed.title,
        page=listed.page,
        width=read.size.width,
        height=read.size.height,
        bytes=length,
        retrieved=datetime.now(UTC).isoformat(timespec="seconds"),
    )
