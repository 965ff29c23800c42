"""The durable work on cases, as a workflow of DBOS in the database that holds the cases.

A case is submitted and its work queued in one transaction, so that neither is ever there without the other. A worker
that is killed leaves its workflows pending; they go on from the last step that ended when a worker of the same name
starts again. The name of a workflow is that of the case and its revision: however often one is queued, it runs once.
"""

from dbos import DBOS, DBOSClient, DBOSConfig
from sqlalchemy import Connection

from coachwork import tracing
from coachwork.cases.case import Case
from coachwork.casework import delivering
from coachwork.casework.patience import PATIENT, passing
from coachwork.casework.steps import WORKER, CaseSteps
from coachwork.errors import CoachworkError
from coachwork.storage.case_store import CaseStore
from coachwork.storage.database import Database

QUEUE = "cases"
_MESSAGES_AT_ONCE = 100
_ALIVE = frozenset({"PENDING", "ENQUEUED", "DELAYED"})
_WORKFLOW = "work_on_case"
STEPS_VERSION = "1"
"""Counts changes of the workflow's steps: work that an earlier version began is not carried on by a later one."""

_steps: CaseSteps | None = None


@DBOS.step(name="inspect", should_retry=passing, **PATIENT)
def _inspect(tenant: str, case_id: str, revision: int) -> None:
    with tracing.span("step inspect", case=case_id, revision=revision):
        _working().inspect(tenant, case_id, revision)


@DBOS.step(name="price", should_retry=passing, **PATIENT)
def _price(tenant: str, case_id: str, revision: int) -> None:
    with tracing.span("step price", case=case_id, revision=revision):
        _working().price(tenant, case_id, revision)


@DBOS.step(name="give_up", should_retry=passing, **PATIENT)
def _give_up(tenant: str, case_id: str, revision: int, problem: str) -> None:
    with tracing.span("step give up", case=case_id, revision=revision):
        _working().give_up(tenant, case_id, revision, problem)


@DBOS.workflow(name=_WORKFLOW)
def _work_on_case(tenant: str, case_id: str, revision: int, trace: str = "") -> None:
    with tracing.span("work on case", parent=trace, kind="CONSUMER", case=case_id, revision=revision):
        try:
            _inspect(tenant, case_id, revision)
            _price(tenant, case_id, revision)
        except Exception as problem:  # noqa: BLE001 (whatever it is, the case must not wait for ever)
            DBOS.logger.exception("the work on %s failed", case_id)
            told = str(problem) if isinstance(problem, CoachworkError) else f"a fault of Coachwork: {problem!r}"
            _give_up(tenant, case_id, revision, told)


def _working() -> CaseSteps:
    if _steps is None:
        message = "a step runs although no worker was started"
        raise RuntimeError(message)
    return _steps


class Worker:
    """Does the queued work in this process, in threads beside whatever else it does; one a process."""

    def __init__(
        self,
        database: Database,
        steps: CaseSteps,
        *,
        deliverer: delivering.Deliverer | None = None,
        name: str = "local",
        at_once: int = 1,
    ) -> None:
        """Prepares a worker.

        Args:
            database: that holds the cases; the work's own tables lie there too.
            steps: what is done.
            deliverer: tells webhooks; None where there are none.
            name: of this worker among those on the same database. One that starts again under the name goes on with
                what it left; two at once must not share a name.
            at_once: cases that it works on at the same time.
        """
        self._database, self._name, self._at_once = database, name, at_once
        self._own, self._deliverer = steps, deliverer

    def start(self) -> None:
        """Takes up what was left pending, and then whatever is queued."""
        global _steps  # noqa: PLW0603 (DBOS knows workflows by module functions, one set of them a process)
        _steps = self._own
        delivering.use(self._deliverer)
        config = DBOSConfig(
            name="coachwork",
            system_database_url=self._database.url,
            application_version=STEPS_VERSION,
            executor_id=self._name,
            log_level="WARNING",
        )
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=self._at_once, polling_interval_sec=0.2)
        DBOS.register_queue(delivering.QUEUE, worker_concurrency=_MESSAGES_AT_ONCE, polling_interval_sec=0.5)

    def stop(self, *, patience_s: int = 20) -> None:
        """Takes nothing new, and gives what runs so many seconds to end; the rest goes on at the next start."""
        global _steps  # noqa: PLW0603 (see start)
        DBOS.destroy(workflow_completion_timeout_sec=patience_s)
        delivering.use(None)
        _steps = None


class Queue:
    """The queue of submitted cases, seen from where they are submitted."""

    def __init__(self, database: Database) -> None:
        """Stands for the queue in a database; its own tables are made where they are missing."""
        self._database = database
        DBOS.migrate(database.url)
        self._client = DBOSClient(system_database_url=database.url)

    def put(self, connection: Connection, case: Case) -> None:
        """Queues the work on a case's revision, within the transaction that submits it; once, however often asked."""
        self._client.enqueue_in_transaction(
            connection,
            {
                "queue_name": QUEUE,
                "workflow_name": _WORKFLOW,
                "workflow_id": _name(case),
                "app_version": STEPS_VERSION,
            },
            case.tenant,
            case.id,
            case.revision,
            tracing.carried(),
        )

    def mend(self, cases: CaseStore) -> None:
        """Queues cases whose work nobody knows of, as after a restore; ends those whose work ended without a word."""
        for case in cases.working():
            found = self._client.list_workflows(workflow_ids=[_name(case)])
            if not found:
                with self._database.writing() as connection:
                    self.put(connection, case)
            elif found[0].status not in _ALIVE:
                cases.fail(case, f"the work ended as {found[0].status} without a result", by=WORKER)


def _name(case: Case) -> str:
    return f"{case.id}:{case.revision}"
