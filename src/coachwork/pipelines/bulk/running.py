"""Starts a bulk run on any of Beam's runners, and says what came of it."""

import contextlib
import fcntl
import io
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import apache_beam as beam
import numpy as np
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineState, create_runner

from coachwork.assessments.assessment_example import label_map_text
from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.inference.session import physical_cores
from coachwork.photos.reading import Photo, PhotoFormat
from coachwork.pipelines.bulk.parts import RUN_FILE, done_files, remove_remains
from coachwork.pipelines.bulk.photo_work import open_assessor
from coachwork.pipelines.bulk.pipeline import COUNTERS, NAMESPACE, build
from coachwork.pipelines.bulk.plan import BulkError, BulkPlan, Task
from coachwork.pipelines.bulk.storage import (
    FileRef,
    is_remote,
    joined,
    list_local,
    list_remote,
    names_in,
    read_bytes,
    write_bytes,
)

LOCAL_RUNNERS = frozenset({"DirectRunner", "FnApiRunner", "BundleBasedDirectRunner"})
"""Runners that work on this machine alone."""

_KNOWN_FAULT = re.compile(
    r"(?:^|\n)(?:[\w.]*\.)?(?:BundleError|BulkError|PhotoError|OSError|\w+Error(?=: \[Errno)): (.+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSummary:
    """What a run did.

    Attributes:
        state: in which Beam says it ended, "DONE" for a run that came to its end.
        photos: distinct photos that were worked on.
        copies: files that were byte for byte one of them.
        failed: photos in the dead letters.
        unread: files in the dead letters that could not even be read.
        done_before: files that an earlier run had done.
        near_duplicates: photos, of all runs, that look like another one.
        models_loaded: how often a worker loaded the model.
        remains: files of an unfinished run that were removed before.
    """

    state: str
    photos: int
    copies: int
    failed: int
    unread: int
    done_before: int
    near_duplicates: int
    models_loaded: int
    remains: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A run that can be started.

    Attributes:
        plan: with its model's digest and its name.
        options: Beam's.
        local: the local photos, or None where the workers list an object store.
        done: files that name what earlier runs did.
        remains: files of an unfinished run that were removed.
    """

    plan: BulkPlan
    options: PipelineOptions
    local: list[FileRef] | None
    done: list[str]
    remains: int


@contextlib.contextmanager
def prepared(
    plan: BulkPlan, *, runner: str = "DirectRunner", workers: int | None = None, beam_options: Sequence[str] = ()
) -> Iterator[Ready]:
    """Checks everything that can be checked before a run, and holds its folder while the run goes on.

    Args:
        plan: what to do.
        runner: of Beam.
        workers: processes on this machine; None leaves it to the runner's own options.
        beam_options: further options of Beam, as on a command line.

    Raises:
        PhotoError: the source names no photo.
        BundleError: the model cannot be used.
        BulkError: the folder holds results of another kind, is in use or cannot be written, or an option is unknown.
    """
    options = _options(runner, workers, beam_options)
    with _explained(plan):
        local = None if is_remote(plan.source) else list_local(plan.source)
        if local is None:
            next(list_remote(plan.source))
        model_digest, parts_digest = _tried_models(plan)
        plan = replace(
            plan,
            model_digest=model_digest,
            parts_digest=parts_digest,
            run=uuid.uuid4().hex,
            threads=plan.threads or _threads(runner, workers),
        )
        with _held(plan.out):
            _take_folder(plan)
            remains = remove_remains(plan.out)
            yield Ready(plan=plan, options=options, local=local, done=done_files(plan.out), remains=remains)


def run(ready: Ready) -> BulkSummary:
    """Runs the pipeline to its end.

    Raises:
        CoachworkError: the run ended for a reason that its user can mend.
    """
    with _mended():
        pipeline = beam.Pipeline(options=ready.options)
        build(pipeline, ready.plan, local=ready.local, done=ready.done)
        result = pipeline.run()
        state = str(result.wait_until_finish() or result.state)
    if state not in {PipelineState.DONE, PipelineState.UPDATED}:
        message = f"the run ended as {state}: see the runner's log; what was done is kept, so run again"
        raise BulkError(message)
    counts = dict.fromkeys(COUNTERS, 0)
    for one in result.metrics().query(_OURS)["counters"]:  # a counter has a value for each step that counts with it
        counts[one.key.metric.name] += one.result or 0
    return BulkSummary(state=state, remains=ready.remains, **counts)


_OURS = MetricsFilter().with_namespace(NAMESPACE)


def _options(runner: str, workers: int | None, beam_options: Sequence[str]) -> PipelineOptions:
    _check_runner(runner)
    flags = [f"--runner={runner}", *beam_options]
    if workers is not None and runner in LOCAL_RUNNERS:
        mode = "in_memory" if workers == 1 else "multi_processing"
        flags += [f"--direct_num_workers={workers}", f"--direct_running_mode={mode}"]
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):  # argparse shows all of Beam's options before it says what is wrong
            options = PipelineOptions(flags)
            known = set(options.get_all_options(drop_default=True))
            unknown = set(options.get_all_options(drop_default=True, retain_unknown_options=True)) - known
    except SystemExit as refused:
        why = said.getvalue().rpartition(" error: ")[2].strip()
        message = f"Beam does not accept the options after -- ({why}): check them"
        raise BulkError(message) from refused
    if unknown and runner in LOCAL_RUNNERS:
        message = f"Beam knows no option {', '.join(f'--{name}' for name in sorted(unknown))}: check it"
        raise BulkError(message)
    return options


def _check_runner(runner: str) -> None:
    """Refuses a name that Beam knows no runner by.

    Raises:
        BulkError: it is such a name, or the runner's packages are missing.
    """
    try:
        create_runner(runner)
    except (ValueError, ImportError, AttributeError) as unknown:
        names = "DirectRunner, DataflowRunner, FlinkRunner, SparkRunner, PortableRunner"
        message = f"Beam cannot use the runner {runner!r}: name one of {names}, with its packages installed"
        raise BulkError(message) from unknown


def _threads(runner: str, workers: int | None) -> int | None:
    """Threads for the model: the cores shared out among local workers; 1 where a runner starts many workers itself."""
    return max(1, physical_cores() // (workers or 1)) if runner in LOCAL_RUNNERS else 1


def _tried_models(plan: BulkPlan) -> tuple[str | None, str | None]:
    """Digests of the damage and the part model, after a look at an empty picture; None where none is asked for."""
    if not plan.task.assesses:
        return None, None
    assessor = open_assessor(plan, threads=1)
    grey = np.full((64, 64, 3), 114, dtype=np.uint8)
    size = Size(height=64, width=64)
    assessor.assess(Photo(name="grey", sha256="", size=size, pixels=grey, format=PhotoFormat.PNG))
    return assessor.model.digest, None if assessor.part_model is None else assessor.part_model.digest


def _take_folder(plan: BulkPlan) -> None:
    """Makes the folder this run's, unless it holds results of another kind.

    Raises:
        BulkError: it does.
    """
    place = joined(plan.out, RUN_FILE)
    stated = json.loads(read_bytes(place)) if RUN_FILE in names_in(plan.out) else None
    wanted = plan.settings()
    if stated is not None and stated.get("settings") != wanted:
        before = stated.get("settings") or {}
        differ = [
            f"{name} {before.get(name)} (now {wanted[name]})" for name in wanted if before.get(name) != wanted[name]
        ]
        message = f"{plan.out} holds results with {', '.join(differ)}: name another folder with --to"
        raise BulkError(message)
    value = {"settings": wanted, "run": plan.run, "source": plan.source}
    write_bytes(place, json.dumps(value, indent=1).encode() + b"\n")
    if plan.task is Task.TFRECORD:
        write_bytes(joined(plan.out, "label_map.pbtxt"), label_map_text().encode())


@contextlib.contextmanager
def _held(out: str) -> Iterator[None]:
    """Keeps a second run on this machine out of a local folder; the system lets go when this process ends."""
    if is_remote(out):
        yield
        return
    Path(out).mkdir(parents=True, exist_ok=True)
    with (Path(out) / ".lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            message = f"another run works in {out}: wait for its end or name another folder with --to"
            raise BulkError(message) from taken
        yield


@contextlib.contextmanager
def _explained(plan: BulkPlan) -> Iterator[None]:
    """Turns what a file system refuses before the run into one sentence."""
    try:
        yield
    except OSError as refused:
        message = f"cannot use {refused.filename or plan.out}: {refused.strerror or refused}"
        raise BulkError(message) from refused
    except ValueError as refused:
        if "Unable to get filesystem" not in str(refused):
            raise
        schemes = {"gs": "gcp", "s3": "aws", "azfs": "azure"}
        extra = next(
            (schemes[one] for one in schemes if f"{one}://" in plan.source + plan.out + str(plan.bundle)), "gcp"
        )
        message = f"Beam cannot reach that store: install it with  pip install 'apache-beam[{extra}]'"
        raise BulkError(message) from refused


@contextlib.contextmanager
def _mended() -> Iterator[None]:
    """Finds the sentence for the user in what a runner raises: it hands a worker's error on as text."""
    try:
        yield
    except CoachworkError:
        raise
    except Exception as failed:
        found = _KNOWN_FAULT.findall(str(failed)) or _KNOWN_FAULT.findall(f"{type(failed).__name__}: {failed}")
        if not found:
            raise
        why = re.sub(r"\s*\[while running '[^']*'\]", "", found[-1]).strip()
        message = f"the run stopped: {why}; what was done is kept, so run again when that is mended"
        raise BulkError(message) from failed
