"""Trying a challenger: who answers, and comparing both models behind the answer's back.

In the shadow the champion answers, and the challenger sees the photo afterwards; in a canary the challenger answers its
share, and the champion sees those photos afterwards. Where a challenger fails, the champion answers in its place, so
that nobody gets an error for the trial. A bounded queue holds what waits for the other model; a full one drops and
counts, as an answer is worth more than a comparison.
"""

import hashlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from coachwork.assessments.assessment import Assessment
from coachwork.cases.problems import CaseError
from coachwork.casework.model_loading import LoadedBundle
from coachwork.casework.models import LiveModels, Serving, problem_words
from coachwork.errors import CoachworkError
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import read_photo
from coachwork.registry.agreement import agreement
from coachwork.registry.release import Mode, Release
from coachwork.registry.trial import Compared, passed_limits
from coachwork.storage.columns import now
from coachwork.storage.photo_store import PhotoStoreError
from coachwork.storage.release_trials import TrialStore

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 256
_MOST_HELD_BYTES = 64 * 2**20
_JUDGED_EVERY_S = 0.5
_NOT_THE_MODELS_FAULT = (PhotoError, PhotoStoreError, CaseError, SQLAlchemyError, OSError)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenPhoto:
    """A photo that was assessed.

    Attributes:
        name: as the assessment states it.
        source: gives its bytes again.
        held_bytes: of memory that `source` holds.
        assessment: of the model that answered.
        took_s: seconds from its bytes to the assessment.
    """

    name: str
    source: Callable[[], bytes]
    held_bytes: int = 0
    assessment: Assessment
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Waiting:
    serving: Serving
    by_challenger: bool
    tenant: str
    case: str | None
    seen: SeenPhoto


See = Callable[[SeenPhoto], None]


class Trials:
    """Chooses who answers, and compares.

    Attributes:
        compared, differing, failed: photos since the start: seen by both, with another verdict, on which the challenger
            failed.
    """

    def __init__(self, models: LiveModels, store: TrialStore, *, tenant_name: Callable[[str], str]) -> None:
        """Begins to work when the first photo comes.

        Args:
            models: that are live.
            store: of comparisons.
            tenant_name: name of a tenant by its id.
        """
        self._models, self._store, self._tenant_name = models, store, tenant_name
        self.compared = self.differing = self.failed = 0
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(maxsize=_MOST_WAITING)
        self._lock, self._held, self._closed = threading.Lock(), 0, False
        self._thread: threading.Thread | None = None
        self._judged_at = -_JUDGED_EVERY_S
        self._unjudged: Release | None = None

    def answer(self, tenant: str, case: str | None, key: str, work: Callable[[LoadedBundle, See], T]) -> T:
        """What the model says whose turn it is.

        Args:
            tenant: for whom.
            case: of which case; None where there is none.
            key: the same key has the same model throughout a trial, such as the case's name.
            work: asks a model, and tells of each photo that it assessed; is called again with the champion where the
                challenger fails.

        Raises:
            Exception: whatever the champion raises, and what is wrong with photos and stores.
        """
        serving = self._models.serving()
        challenger, seen = serving.challenger, list[SeenPhoto]()
        if challenger is None or not self._is_canary(serving.release, tenant, key):
            value = work(serving.champion, seen.append)
            if challenger is not None and serving.release.mode is Mode.SHADOW:
                self._put_all(serving, tenant, case, seen, by_challenger=False)
            return value
        try:
            value = work(challenger, seen.append)
        except _NOT_THE_MODELS_FAULT:
            raise
        except Exception as problem:  # noqa: BLE001 (whatever a new model does, the champion answers)
            at = len(seen)
            seen.clear()
            value = work(serving.champion, seen.append)
            if seen:
                self._fail(serving, tenant, case, seen[min(at, len(seen) - 1)], problem)
            return value
        self._put_all(serving, tenant, case, seen, by_challenger=True)
        return value

    def close(self) -> None:
        """Compares no more; what waits is dropped."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            while not self._queue.empty():
                self._drop_one()
            self._queue.put(None)
            thread.join()

    @property
    def waiting(self) -> int:
        """Photos that wait to be compared, about."""
        return self._queue.qsize()

    def _is_canary(self, release: Release, tenant: str, key: str) -> bool:
        if release.mode is not Mode.CANARY:
            return False
        if tenant in release.tenants or (release.tenants and self._tenant_name(tenant) in release.tenants):
            return True
        return in_share(release.trial, f"{tenant}/{key}", release.share)

    def _put_all(
        self, serving: Serving, tenant: str, case: str | None, seen: list[SeenPhoto], *, by_challenger: bool
    ) -> None:
        for one in seen:
            self._put(_Waiting(serving=serving, by_challenger=by_challenger, tenant=tenant, case=case, seen=one))

    def _put(self, one: _Waiting) -> None:
        with self._lock:
            if not self._closed and self._held + one.seen.held_bytes <= _MOST_HELD_BYTES:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="trials", daemon=True)
                    self._thread.start()
                try:
                    self._queue.put_nowait(one)
                except queue.Full:
                    pass
                else:
                    self._held += one.seen.held_bytes
                    return
            self._models.dropped += 1

    def _drop_one(self) -> None:
        try:
            one = self._queue.get_nowait()
        except queue.Empty:
            return
        self._release(one)

    def _release(self, one: _Waiting | None) -> None:
        if one is not None:
            with self._lock:
                self._held -= one.seen.held_bytes

    def _work(self) -> None:
        while True:
            try:
                one = self._queue.get(timeout=_JUDGED_EVERY_S)
            except queue.Empty:
                self._judge_rest()
                continue
            if one is None:
                return
            try:
                self._compare(one)
            except Exception:  # noqa: BLE001 (the thread must outlive whatever happens)
                _LOG.exception("a photo could not be compared")
            finally:
                self._release(one)
                del one  # may be the last to hold models that were swapped out

    def _compare(self, one: _Waiting) -> None:
        present = self._models.serving().release
        if present.trial != one.serving.release.trial:
            return  # the trial ended meanwhile
        challenger = one.serving.challenger
        assert challenger is not None  # noqa: S101 (nothing waits without one)
        other = one.serving.champion if one.by_challenger else challenger
        begun = time.perf_counter()
        try:
            photo = read_photo(one.seen.source(), name=one.seen.name, min_side=other.assessor.min_side)
            found = other.assessor.assess(photo, file=one.seen.name, parts=other.assessor.parts_in(photo))
        except _NOT_THE_MODELS_FAULT:
            return
        except Exception as problem:
            if one.by_challenger:
                raise
            self._fail(one.serving, one.tenant, one.case, one.seen, problem)
            return
        took_s = time.perf_counter() - begun
        told = [(one.seen.assessment, one.seen.took_s), (found, took_s)]
        self._keep(one, *(reversed(told) if one.by_challenger else told))

    def _keep(self, one: _Waiting, champion: tuple[Assessment, float], challenger: tuple[Assessment, float]) -> None:
        shared, limits = agreement(champion[0], challenger[0]), one.serving.release.limits
        kept = Compared(
            **self._whose(one.serving, one.tenant, one.case, one.seen),
            slower=challenger[1] > limits.latency_ratio * champion[1],
            disagrees=not shared.verdict,
            champion_verdict=champion[0].verdict.value,
            challenger_verdict=challenger[0].verdict.value,
            champion_damages=len(champion[0].damages),
            challenger_damages=len(challenger[0].damages),
            boxes=shared.boxes,
            masks=shared.masks,
            champion_ms=1000 * champion[1],
            challenger_ms=1000 * challenger[1],
            at=now(),
        )
        self._store.add(kept)
        self.compared, self.differing = self.compared + 1, self.differing + (not shared.verdict)
        self._unjudged = one.serving.release
        if time.monotonic() >= self._judged_at + _JUDGED_EVERY_S:
            self._judge(one.serving.release)

    def _fail(self, serving: Serving, tenant: str, case: str | None, seen: SeenPhoto, problem: Exception) -> None:
        """Keeps that the challenger failed where the champion answered."""
        level = logging.WARNING if isinstance(problem, CoachworkError) else logging.ERROR
        _LOG.log(level, "the challenger failed, the champion answered: %s", problem_words(problem))
        kept = Compared(
            **self._whose(serving, tenant, case, seen),
            problem=problem_words(problem),
            champion_verdict=seen.assessment.verdict.value,
            champion_damages=len(seen.assessment.damages),
            champion_ms=1000 * seen.took_s,
            at=now(),
        )
        try:
            self._store.add(kept)
            self.compared, self.failed = self.compared + 1, self.failed + 1
            self._judge(serving.release)
        except (CoachworkError, SQLAlchemyError) as refused:  # whoever asked has their answer
            _LOG.warning("a failure of the challenger could not be kept: %s", refused)

    def _whose(self, serving: Serving, tenant: str, case: str | None, seen: SeenPhoto) -> dict[str, Any]:
        challenger = serving.challenger
        return {
            "trial": serving.release.trial,
            "mode": serving.release.mode,
            "tenant": tenant,
            "case": case,
            "sha256": "" if case is None else seen.assessment.sha256,
            "champion_digest": serving.champion.digest,
            "challenger_digest": "" if challenger is None else challenger.digest,
        }

    def _judge_rest(self) -> None:
        release = self._unjudged
        if release is not None:
            try:
                self._judge(release)
            except (CoachworkError, SQLAlchemyError) as refused:
                _LOG.warning("a trial cannot be judged: %s", refused)

    def _judge(self, release: Release) -> None:
        """Takes the challenger back where it passes a limit, by what all servers saw."""
        self._judged_at, self._unjudged = time.monotonic(), None
        passed = passed_limits(self._store.evidence(release.trial), release.limits)
        if passed:
            self._models.take_back(release.trial, "; ".join(passed))


def in_share(trial: int, key: str, share: float) -> bool:
    """Whether a key is among the share that a challenger answers; a larger share holds every key of a smaller one."""
    place = int.from_bytes(hashlib.sha256(f"{trial}/{key}".encode()).digest()[:8])
    return place < share * 2**64
