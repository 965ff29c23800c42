"""The loop put together: settings, database and stores; and how a pipeline's run is carried out once for an input."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.pipelines.loop.settings import LoopSettings
from coachwork.settings import ServiceSettings
from coachwork.storage.case_store import CaseStore
from coachwork.storage.correction_store import CorrectionStore
from coachwork.storage.database import Database
from coachwork.storage.key_store import KeyStore
from coachwork.storage.labelling_store import LabellingStore
from coachwork.storage.photo_store import PhotoStore
from coachwork.storage.pipeline_run_store import PipelineRun, PipelineRunStore, RunState
from coachwork.storage.reaction_store import ReactionStore

_SIGN_OF_LIFE_S = 60.0

Tell = Callable[[str], None]
"""Hears what a pipeline does, a sentence at a time."""


class RefusedInput(CoachworkError):
    """What a pipeline was given cannot be used; the same input again is refused without another look."""

    def __init__(self, why: str, *, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(why)
        self.result = {"problem": why, **(result or {})}


def _silent(_: str) -> None:
    return None


class Loop:
    """Everything that the pipelines work with.

    Attributes:
        settings: of the pipelines.
        service: of the service whose photos, corrections and release they work on.
        database: of the service.
        reactions, queue, runs, cases, corrections, keys: what lies in it.
        photo_store: the photos' bytes.
        tell: hears what is done.
    """

    def __init__(self, settings: LoopSettings, service: ServiceSettings, *, tell: Tell = _silent) -> None:
        """Opens the database and brings it up to date.

        Raises:
            CoachworkError: a place of the settings cannot be used.
        """
        self.settings, self.service, self.tell = settings, service, tell
        self.database = Database(service.database_url)
        self.database.migrate()
        self.reactions = ReactionStore(self.database)
        self.queue = LabellingStore(self.database)
        self.runs = PipelineRunStore(self.database)
        self.cases = CaseStore(self.database)
        self.corrections = CorrectionStore(self.database, self.cases)
        self.keys = KeyStore(self.database)
        self.photo_store = PhotoStore(service.photos)

    def close(self) -> None:
        """Lets go of the database."""
        self.database.close()

    def once(
        self, pipeline: str, key: str, *, why: str, work: Callable[[], Mapping[str, Any]]
    ) -> tuple[PipelineRun, bool]:
        """Carries out the work on an input, unless that was done, refused, or is being done.

        Args:
            pipeline: which.
            key: digest of the input.
            why: it is to be done, one sentence.
            work: does it, and gives what came of it as plain JSON values.

        Returns:
            The run, and whether it was carried out now.

        Raises:
            CoachworkError: what the work raised; the run may be begun again then.
        """
        run, mine = self.runs.begin(pipeline, key, why=why)
        if not mine:
            self.tell(f"{pipeline}: this input was worked on before (run {run.number}, {run.state})")
            return run, False
        with self._signs_of_life(run):
            try:
                result = work()
            except RefusedInput as refused:
                self.tell(f"{pipeline}: refused: {refused}")
                return self.runs.end(run, RunState.REFUSED, refused.result), True
            except BaseException as problem:
                self.runs.end(run, RunState.FAILED, {"problem": str(problem) or repr(problem)})
                raise
        return self.runs.end(run, RunState.DONE, result), True

    @contextmanager
    def _signs_of_life(self, run: PipelineRun) -> Iterator[None]:
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(_SIGN_OF_LIFE_S):
                self.runs.is_alive(run)

        thread = threading.Thread(target=beat, daemon=True, name=f"run {run.number}")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
