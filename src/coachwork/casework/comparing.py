"""The durable work on comparisons: two inspections' photos laid on each other, as a workflow of DBOS.

A comparison is asked for and its work queued in one transaction, or queued in the one that makes the later case's
results known; it ends in one that publishes it. So it is done once, whatever dies meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dbos import DBOS, DBOSClient
from sqlalchemy import Connection

from coachwork.cases.case import CaseResult
from coachwork.cases.comparison import Comparison, StandingChanges
from coachwork.cases.photo_bytes import PhotoBytes
from coachwork.cases.problems import CaseNotReady
from coachwork.casework.patience import PATIENT, passing
from coachwork.casework.prices import Prices
from coachwork.casework.standing_inspection import standing_inspection, with_decimals
from coachwork.errors import CoachworkError
from coachwork.estimates.case_json import case_of
from coachwork.inference.assessing import Assessor
from coachwork.inference.comparing import MIN_SIDE, colour_warnings, shared_points
from coachwork.inspections.changes import State, compare_inspections
from coachwork.inspections.changes_json import changes_to_json
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.inspection_reading import inspection_from_json
from coachwork.inspections.vehicle_json import vehicle_to_json
from coachwork.json_objects import JsonObject
from coachwork.photos.reading import Photo, read_photo
from coachwork.storage.case_store import CaseStore
from coachwork.storage.comparison_store import ComparisonStore
from coachwork.storage.database import Database
from coachwork.valuation.charges_json import bill_to_json
from coachwork.valuation.return_charges import ChargeList, charge_return

_WORKFLOW = "compare"
_WORKER = "coachwork"
_ALIVE = frozenset({"PENDING", "ENQUEUED", "DELAYED"})
_comparing: "Comparing | None" = None

CHARGED = frozenset({State.NEW, State.GROWN})
"""What a rental firm charges; of what is uncertain or not comparable a person has to say first what it is."""

OPEN = frozenset({State.UNCERTAIN, State.NOT_COMPARABLE})


class Comparing:
    """Does the work on comparisons."""

    def __init__(
        self, *, cases: CaseStore, store: ComparisonStore, photo_bytes: PhotoBytes, assessor: Callable[[], Assessor]
    ) -> None:
        """Takes the stores, and what gives the models, loaded when they are first needed."""
        self._cases, self._store, self._photo_bytes, self._assessor = cases, store, photo_bytes, assessor

    def compare(self, comparison_id: str, version: int) -> None:
        """Compares, and makes known what was found; a second time does nothing."""
        one = self._store.find(comparison_id, version)
        if one is None:
            return
        try:
            results = [self._cases.result(one.tenant, name) for name in (one.before, one.after)]
        except CaseNotReady:
            self._store.wait(one)
            return
        self._store.publish(one, self._found(one, results[0], results[1]), by=_WORKER)

    def give_up(self, comparison_id: str, version: int, problem: str) -> None:
        """Says why a comparison failed."""
        one = self._store.find(comparison_id, version)
        if one is not None:
            self._store.fail(one, problem, by=_WORKER)

    def _found(self, one: Comparison, before: CaseResult, after: CaseResult) -> dict[str, Any]:
        told = [self._told(one, name, result) for name, result in ((one.before, before), (one.after, after))]
        first, second = (_inspection(values, name) for values, name in zip(told, (one.before, one.after), strict=True))
        photos = (self._photos(one.tenant, first), self._photos(one.tenant, second))
        predictor = self._assessor().part_predictor
        shared = shared_points(first, second, photos, predictor=predictor)
        changes = compare_inspections(first, second, shared)
        if predictor is not None:
            paint = colour_warnings((first, second), photos, predictor)
            changes = replace(changes, warnings=(*changes.warnings, *paint))
        sides = zip(("before", "after"), (before, after), told, strict=True)
        kept = {side: {"revision": result.revision, "inspection": values} for side, result, values in sides}
        return {"changes": changes_to_json(changes), **kept}

    def _told(self, one: Comparison, case_id: str, result: CaseResult) -> dict[str, Any]:
        """The inspection as it stands, with the car as it is told of the case now."""
        vehicle = self._cases.case(one.tenant, case_id).facts.vehicle
        told = standing_inspection(result)
        return told | ({} if vehicle is None else {"vehicle": vehicle_to_json(vehicle)})

    def _photos(self, tenant: str, inspection: Inspection) -> dict[int, Photo]:
        return {
            place: read_photo(self._photo_bytes.get(tenant, seen.sha256), name=seen.file, min_side=MIN_SIDE)
            for place, seen in enumerate(inspection.assessments)
        }


def charged(one: Comparison, standing: StandingChanges, charges: ChargeList, prices: Prices) -> dict[str, Any]:
    """What is charged for the damages that are new or grown.

    Args:
        one: that is ready.
        standing: its changes after what people said.
        charges: the list.
        prices: say what a severity stands for in millimetres.

    Returns:
        The bill as in ``coachwork.valuation/1``, its damages named by their numbers in the later inspection;
        with `undecided`, the names of damages of which nobody knows yet whether they are new.
    """
    found = one.found or {}
    car = case_of(with_decimals(found["after"]["inspection"]), f"comparison {one.id}")
    new = {place for change in standing.changes if change.state in CHARGED for place in change.after}
    damages = [replace(damage, prior=place not in new) for place, damage in enumerate(car.damages)]
    bill = bill_to_json(charge_return(damages, charges, prices.card))
    undecided = sorted({place for change in standing.changes if change.state in OPEN for place in change.after})
    return bill | {"undecided": [car.damages[place].name for place in undecided]}


def _inspection(values: Mapping[str, Any], name: str) -> Inspection:
    return inspection_from_json(JsonObject(values, file=f"case {name}", where=""))


@DBOS.step(name="compare", should_retry=passing, **PATIENT)
def _compare(comparison_id: str, version: int) -> None:
    _working().compare(comparison_id, version)


@DBOS.step(name="give_up_comparing", should_retry=passing, **PATIENT)
def _give_up(comparison_id: str, version: int, problem: str) -> None:
    _working().give_up(comparison_id, version, problem)


@DBOS.workflow(name=_WORKFLOW)
def _work(comparison_id: str, version: int) -> None:
    try:
        _compare(comparison_id, version)
    except Exception as problem:  # noqa: BLE001 (whatever it is, the comparison must not wait for ever)
        DBOS.logger.exception("the work on %s failed", comparison_id)
        told = str(problem) if isinstance(problem, CoachworkError) else f"a fault of Coachwork: {problem!r}"
        _give_up(comparison_id, version, told)


def _working() -> Comparing:
    if _comparing is None:
        message = "a comparison is worked on although no worker was started"
        raise RuntimeError(message)
    return _comparing


def use(comparing: Comparing | None) -> None:
    """Says who compares in this process."""
    global _comparing  # noqa: PLW0603 (DBOS knows workflows by module functions, one set of them a process)
    _comparing = comparing


class ComparisonQueue:
    """The queue of comparisons, which is that of cases: one worker does one thing at a time."""

    def __init__(self, database: Database, *, queue: str, version: str) -> None:
        """Stands for a queue of a worker, whose steps are of a version."""
        self._database, self._queue, self._version = database, queue, version
        self._client = DBOSClient(system_database_url=database.url)

    def put(self, connection: Connection, one: Comparison) -> None:
        """Queues the work on a comparison, within the transaction that begins it."""
        options: Any = {
            "queue_name": self._queue,
            "workflow_name": _WORKFLOW,
            "workflow_id": _name(one),
            "app_version": self._version,
        }
        self._client.enqueue_in_transaction(connection, options, one.id, one.version)

    def mend(self, store: ComparisonStore) -> None:
        """Queues what nobody knows of, as after a restore; ends what ended without a word."""
        for one in store.working():
            found = self._client.list_workflows(workflow_ids=[_name(one)])
            if not found:
                with self._database.writing() as connection:
                    self.put(connection, one)
            elif found[0].status not in _ALIVE:
                store.fail(one, f"the work ended as {found[0].status} without a result", by=_WORKER)


def _name(one: Comparison) -> str:
    return f"{one.id}:{one.version}"
