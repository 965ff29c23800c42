"""Where a drill is played: a service of its own with database, models and worker, and the loop around it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coachwork.annotations.coco_writing import write_coco_file
from coachwork.annotations.export import export_of
from coachwork.cases.access import Caller, Scope
from coachwork.cases.case import CaseState, Facts
from coachwork.casework.service import Service
from coachwork.claims.claim_files import Loss
from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.sample import Sample
from coachwork.datasets.store import DatasetStore
from coachwork.pipelines.drills.first_champion import first_champion
from coachwork.pipelines.drills.plan import DrillPlan, write_label_map
from coachwork.pipelines.drills.sets import DrillError, DrillSets, drill_sets, sent, write_known
from coachwork.pipelines.drills.timeline import Lane, Timeline
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.settings import read_loop_settings
from coachwork.settings import read_settings
from coachwork.storage.signal_store import SignalStore
from coachwork.taxonomy import DamageType

_ENDED = {CaseState.READY, CaseState.FAILED}
_LONGEST_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCase:
    """A case that a drill sent in.

    Attributes:
        id: of the case.
        sample: its photo, and what is on it.
        state: in which the work on it ended.
        rules: rule -> whether it holds, and why, of its settlement.
        advice: on its photo.
    """

    id: str
    sample: Sample
    state: CaseState
    rules: Mapping[str, tuple[bool | None, str]]
    advice: tuple[str, ...]


class Stage:
    """A running service and its loop.

    Attributes:
        plan: of the drill.
        sets: the photos.
        timeline: what happened.
        loop: the pipelines.
        service: what answers.
        truth: digest of a photo that was sent -> what is on it.
    """

    def __init__(self, plan: DrillPlan, sets: DrillSets, timeline: Timeline, loop: Loop, service: Service) -> None:
        """Takes what `opened` put together."""
        self.plan, self.sets, self.timeline, self.loop, self.service = plan, sets, timeline, loop, service
        self.truth: dict[str, tuple[bytes, Sample]] = {}
        self._next = 0
        tenant = service.keys.tenant("default")
        self.caller = Caller(tenant=tenant, name="drill", scopes=frozenset({Scope.READ, Scope.WRITE, Scope.ASSESS}))

    def send(self, count: int, *, stops: float = 0.0) -> list[SentCase]:
        """Sends the next photos in, a claim for each, and waits until all are worked on.

        Raises:
            DrillError: there are no more photos, or the service does not get through.
        """
        chosen = self.sets.stream[self._next : self._next + count]
        if len(chosen) < count:
            message = f"the drill has sent all its {len(self.sets.stream)} photos: give it more, or ask for fewer"
            raise DrillError(message)
        self._next += count
        return self.send_these(chosen, stops=stops)

    def send_these(self, chosen: Sequence[Sample], *, stops: float = 0.0) -> list[SentCase]:
        """The same for certain photos."""
        signals = SignalStore(self.loop.database)
        before, opened = signals.count(), []
        for one in chosen:
            data, moved = sent(one, self.sets.dataset.photo_path(one), stops)
            facts = Facts(reference=moved.name, loss=Loss(on=datetime.now(UTC).date(), injured=False, drivable=True))
            case = self.service.cases.open_case(self.caller.tenant, facts, by="drill")
            photo, _ = self.service.add_photo(self.caller, case.id, data, moved.name)
            self.truth[photo.sha256] = data, moved
            self.service.submit(self.caller, case.id)
            opened.append((case.id, moved, photo.advice))
        self._wait(lambda: sum(self._state(case) not in _ENDED for case, _, _ in opened), "the claims")
        self._wait(lambda: before + len(opened) - signals.count(), "the signals")
        self._wait(lambda: self.service.trials.waiting, "the comparisons")
        return [self._sent(case, sample, advice) for case, sample, advice in opened]

    def deliver(self, name: str, digests: Sequence[str]) -> Path:
        """Puts the annotations of photos that were sent into the watched folder, as annotators would."""
        folder = self.loop.settings.data.watch / name
        fresh = folder.with_name(f".{name}")
        (fresh / "photos").mkdir(parents=True)
        samples = []
        for digest in digests:
            data, sample = self.truth[digest]
            place = f"photos/{digest[:16]}.jpg"
            (fresh / place).write_bytes(data)
            samples.append(replace(sample, sha256=digest, photo=place, name=Path(place).name))
        export = export_of(tuple(samples), fresh, lambda sample: fresh / sample.photo)
        write_coco_file(export, export.samples, fresh / "annotations.coco.json")
        return fresh.rename(folder)

    def _sent(self, case_id: str, sample: Sample, advice: tuple[str, ...]) -> SentCase:
        state = self._state(case_id)
        rules: dict[str, tuple[bool | None, str]] = {}
        if state is CaseState.READY:
            settlement: Mapping[str, Any] = self.service.cases.result(self.caller.tenant, case_id).settlement or {}
            rules = {one["rule"]: (one["holds"], one["why"]) for one in settlement.get("rules", ())}
        return SentCase(id=case_id, sample=sample, state=state, rules=rules, advice=advice)

    def _state(self, case_id: str) -> CaseState:
        return self.service.cases.case(self.caller.tenant, case_id).state

    @staticmethod
    def _wait(left: Callable[[], int], what: str) -> None:
        """Waits until nothing is left, as long as it becomes less now and then."""
        least, moved = left(), time.monotonic()
        while least > 0:
            time.sleep(0.05)
            now = left()
            if now < least:
                least, moved = now, time.monotonic()
            elif time.monotonic() - moved > _LONGEST_S:
                message = f"{what} came no further in {_LONGEST_S:.0f} s, {now} are left: is the machine busy?"
                raise DrillError(message)


@contextmanager
def opened(plan: DrillPlan, timeline: Timeline) -> Iterator[Stage]:
    """A stage with everything running, as long as the drill goes on.

    Args:
        plan: of the drill.
        timeline: of the drill.

    Raises:
        DrillError: there are too few photos, or the folder holds something.
        MissingExtra: torch is not installed.
        CoachworkError: dataset, checkpoint or bundle cannot be used.
    """
    if (plan.folder / "data").exists():
        message = f"{plan.folder} holds an earlier drill: name another folder with --to, or delete it"
        raise DrillError(message)
    sets = drill_sets(read_dataset(plan.dataset), train=plan.known, val=plan.val, stream=plan.stream, test=plan.test)
    version = write_known(sets, DatasetStore(plan.folder / "datasets"), "damage")
    timeline.tell(Lane.DATA, f"{len(sets.known)} photos are known: version {version.digest[:12]}")
    champion = first_champion(plan, timeline)
    _describe_deliveries(plan.folder, sets)
    environment = {"COACHWORK_DATA_DIR": str(plan.folder.resolve() / "data"), "COACHWORK_WORKER": "drill"}
    service = Service(read_settings(environment | {"COACHWORK_BUNDLE": str(champion.resolve())}))
    loop = Loop(read_loop_settings(plan.folder / "pipelines.toml"), service.settings)
    service.start()
    try:
        yield Stage(plan, sets, timeline, loop, service)
    finally:
        service.stop()
        loop.close()


def _describe_deliveries(folder: Path, sets: DrillSets) -> None:
    """Says what the labels of deliveries mean, under the terms of the photos that they are of."""
    looked_for = {kind for one in sets.known for kind in one.annotated}
    types = tuple(kind for kind in DamageType if kind in looked_for)
    of = next(one for one in sets.dataset.sources if one.name == sets.known[0].source)
    write_label_map(folder, types, of.licence, of.attribution)
