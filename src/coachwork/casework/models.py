"""The live models: which bundle answers in this process, following the release without anybody waiting.

A thread looks for a new revision every second. A bundle that is new is fetched, checked and warmed beside the ones that
answer, and takes their place in one assignment, between requests: whoever began with the old one ends with it, and it
is freed when the last of them has ended. What cannot be loaded changes nothing but what the service says of itself.
"""

import logging
import os
import socket
import threading
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from coachwork.casework.model_loading import BundleLoader, LoadedBundle
from coachwork.errors import CoachworkError
from coachwork.inference.bundle import shipped_parts_folder
from coachwork.registry.bundle_store import BundleStoreError
from coachwork.registry.release import (
    Action,
    BundleVersion,
    IllegalRelease,
    Release,
    ReleaseError,
    ReleaseStore,
    Signature,
)
from coachwork.registry.release_files import ReleaseFiles
from coachwork.registry.release_moves import change, reject
from coachwork.settings import ServiceSettings
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.release_store import ReleaseTable
from coachwork.storage.release_trials import FollowingServer, TrialStore

BY_ITSELF: Final = "coachwork"
"""Who history names where no person changed the release."""

_LOG = logging.getLogger(__name__)
_AGAIN_AFTER_S = 10.0
_TOLD_EVERY_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Serving:
    """What this process answers with at one moment; a request keeps the one that it began with.

    Attributes:
        release: that is followed.
        champion: answers.
        challenger: is tried; None where nothing is, or it cannot be loaded here.
    """

    release: Release
    champion: LoadedBundle
    challenger: LoadedBundle | None


class LiveModels:
    """Follows a release.

    Attributes:
        server: name of this process among those that follow.
        swaps: how often another champion took the place since the start.
        failures: how often a bundle could not be loaded.
        rejections: challengers that were taken back by a limit while this process followed.
        problem: why the last release is not followed; empty where it is.
        dropped: photos that were not compared, see `casework.trials`.
    """

    def __init__(
        self, loader: BundleLoader, store: ReleaseStore, trials: TrialStore, *, worker: str, every_s: float = 1.0
    ) -> None:
        """Loads nothing before it is asked for.

        Args:
            loader: of bundles.
            store: of the release.
            trials: where this process tells what it follows.
            worker: name of this process's worker.
            every_s: seconds between two looks at the release.
        """
        self._loader, self.store, self._trials, self._every_s = loader, store, trials, every_s
        self.server = f"{worker}@{socket.gethostname()}:{os.getpid()}"
        self.swaps = self.failures = self.rejections = self.dropped = 0
        self.problem = ""
        self._serving: Serving | None = None
        self._following, self._asked, self._stopped = threading.Lock(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._again_at, self._told_at, self._failed_on = 0.0, -_TOLD_EVERY_S, -1

    def serving(self) -> Serving:
        """What answers now; loaded when it is first asked for, and followed from then on.

        Raises:
            CoachworkError: there is no champion that could be loaded.
        """
        serving = self._serving
        if serving is None:
            with self._following:
                serving = self._serving or self._begin()
        return serving

    @property
    def loaded(self) -> Serving | None:
        """What answers now; None as long as nobody asked."""
        return self._serving

    def look(self) -> None:
        """Lets the thread look for a new revision at once."""
        self._asked.set()

    def follow(self) -> None:
        """Takes up the last revision, as the thread does every second."""
        with self._following:
            try:
                self._take_up(self.store.read())
            except (ReleaseError, SQLAlchemyError) as unread:
                self._fail(f"the release cannot be read: {unread}")
            self._tell()

    def stop(self) -> None:
        """Follows no more."""
        self._stopped.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join()
            try:
                self._trials.forget(self.server)
            except SQLAlchemyError:
                _LOG.warning("the release's list of servers still names %s", self.server)

    def _begin(self) -> Serving:
        release = self.store.read()
        champion = self._load(release.champion)
        challenger = self._challenger(release, None)
        self._serving = Serving(release=release, champion=champion, challenger=challenger)
        _LOG.info("release %d: %s answers", release.revision, champion.words)
        self._thread = threading.Thread(target=self._watch, name="release", daemon=True)
        self._thread.start()
        return self._serving

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self._asked.wait(self._every_s)
            self._asked.clear()
            if not self._stopped.is_set():
                try:
                    self.follow()
                except Exception:  # noqa: BLE001 (the thread must outlive whatever happens)
                    _LOG.exception("following the release failed")

    def _take_up(self, release: Release) -> None:
        serving = self._serving
        if serving is None:
            return
        same = release.revision == serving.release.revision
        complete = same and (release.challenger is None) == (serving.challenger is None)
        if complete or (self.problem and release.revision == self._failed_on and time.monotonic() < self._again_at):
            if complete:
                self.problem = ""
            return
        self._failed_on = release.revision
        try:
            champion = self._loaded(release.champion, serving)
        except Exception as refused:  # noqa: BLE001 (whatever is wrong with the new one, the old one goes on)
            self._fail(f"{_named(release.champion)} cannot be loaded, {serving.champion.words} goes on: {refused}")
            return
        self.problem = ""
        self.rejections += not same and release.action is Action.REJECTED
        challenger = self._challenger(release, serving)
        self._serving = Serving(release=release, champion=champion, challenger=challenger)
        if champion is not serving.champion:
            self.swaps += 1
            _LOG.info("release %d: %s answers from now on", release.revision, champion.words)
        self._told_at = -_TOLD_EVERY_S

    def _challenger(self, release: Release, serving: Serving | None) -> LoadedBundle | None:
        if release.challenger is None:
            return None
        try:
            return self._loaded(release.challenger, serving)
        except (BundleStoreError, OSError, MemoryError) as missing:  # it may come yet, and may be this server's fault
            self._fail(f"{release.challenger.words} cannot be fetched, and is not tried here: {missing}")
            self._failed_on = release.revision
        except Exception as broken:  # noqa: BLE001 (no server can load it)
            self._fail(f"{release.challenger.words} fails its check: {broken}")
            self.take_back(release.trial, self.problem)
        return None

    def take_back(self, trial: int, why: str) -> bool:
        """Rejects the challenger of a trial for a reason; False where somebody ended the trial before."""

        def move(release: Release) -> Release:
            if release.trial != trial:
                message = "the trial is over"
                raise IllegalRelease(message)
            return reject(release, Signature(by=BY_ITSELF, why=why))

        try:
            rejected = change(self.store, move)
        except IllegalRelease:
            return False
        _LOG.warning("release %d: the challenger is taken back: %s", rejected.revision, why)
        self.look()
        return True

    def _loaded(self, version: BundleVersion | None, serving: Serving | None) -> LoadedBundle:
        """The bundle, which may answer already."""
        present = (serving.champion, serving.challenger) if serving is not None else ()
        for one in present:
            if one is not None and one.released == version:
                return one
        return self._load(version)

    def _load(self, version: BundleVersion | None) -> LoadedBundle:
        begun = time.perf_counter()
        loaded = self._loader.own() if version is None else self._loader.released(version)
        _LOG.info("%s is loaded and warm after %.2f s", loaded.words, time.perf_counter() - begun)
        return loaded

    def _fail(self, problem: str) -> None:
        if problem != self.problem:
            _LOG.warning("%s", problem)
            self._told_at = -_TOLD_EVERY_S
        self.failures += 1
        self.problem, self._again_at = problem, time.monotonic() + _AGAIN_AFTER_S

    def _tell(self) -> None:
        serving = self._serving
        if serving is None or time.monotonic() < self._told_at + _TOLD_EVERY_S:
            return
        challenger = serving.challenger
        told = FollowingServer(
            server=self.server,
            revision=serving.release.revision,
            champion=serving.champion.words,
            challenger="" if challenger is None else challenger.words,
            problem=self.problem,
            dropped=self.dropped,
            seen=now(),
        )
        try:
            self._trials.tell(told)
        except SQLAlchemyError as refused:
            _LOG.warning("what this server follows cannot be told: %s", refused)
        else:
            self._told_at = time.monotonic()


def release_store(settings: ServiceSettings, database: Database) -> ReleaseStore:
    """Where the release of a service lies: in its database, or where COACHWORK_RELEASE says.

    Raises:
        ReleaseError, MissingExtra: such a place cannot be opened.
    """
    return ReleaseFiles(settings.release) if settings.release else ReleaseTable(database)


def bundle_loader(settings: ServiceSettings) -> BundleLoader:
    """What makes the bundles of a service answer."""
    parts, cache = settings.parts or shipped_parts_folder(), settings.data_dir / "bundles"
    return BundleLoader(own=settings.bundle, parts=parts, cache=cache)


def live_models(settings: ServiceSettings, database: Database) -> LiveModels:
    """The models of a service, none loaded yet.

    Raises:
        ReleaseError, MissingExtra: the release's place cannot be opened.
    """
    return LiveModels(
        bundle_loader(settings), release_store(settings, database), TrialStore(database), worker=settings.worker
    )


def _named(version: BundleVersion | None) -> str:
    return "the server's own bundle" if version is None else version.words


def problem_words(problem: Exception) -> str:
    """What is kept of a failure, in a line of bounded length."""
    told = str(problem) if isinstance(problem, CoachworkError) else f"{type(problem).__name__}: {problem}"
    return told.strip().split("\n", 1)[0][:500] or type(problem).__name__
