"""Parts: photos that are worked on and made durable together, so that a run that dies loses little and repeats less.

A part is named for the digests of its photos. Its last file, ``done/PART.jsonl``, makes it count: a line for each photo
that never needs to be looked at again. Files of a part without it were left by a run that died; the next run removes
them. A worker that was lost sight of and works on while a new run has begun finds another run's name and stops.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.parquet as pq

from coachwork.annotations.tf_example import framed
from coachwork.pipelines.bulk.photo_work import PhotoFailure, PhotoResult, PhotoTools, WorkItem
from coachwork.pipelines.bulk.plan import BulkError, BulkPlan
from coachwork.pipelines.bulk.rows import failure_line, photo_row, photo_schema, table_of
from coachwork.pipelines.bulk.storage import (
    FileRef,
    delete,
    is_unfinished,
    joined,
    names_in,
    read_bytes,
    write_bytes,
    written_whole,
)

RUN_FILE = "run.json"
DONE = "done"
FOLDERS = {"photos": ".parquet", "tfrecord": ".tfrecord", "failures": ".jsonl"}
"""Folder of each kind of result, and the ending of its files."""
UNREAD = "unread"
"""Name of the dead letters of files that could not even be read; every run writes them anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePhoto:
    """A photo that needs no more work.

    Attributes:
        sha256: digest of its bytes, hex.
        files: where it lay.
        fingerprint: of its pixels, hex; None where it could not be decoded.
    """

    sha256: str
    files: tuple[FileRef, ...]
    fingerprint: str | None


def work_on_part(items: Iterable[WorkItem], tools: PhotoTools) -> Iterator[DonePhoto | PhotoFailure]:
    """Works on photos and writes them as one part; when the first outcome comes out, all are durable.

    Raises:
        BundleError: the model does not run.
        BulkError: another run has begun in the same folder.
        OSError: the results cannot be written.
    """
    ordered = sorted(items, key=lambda item: item.sha256)
    part = hashlib.sha256("\n".join(item.sha256 for item in ordered).encode()).hexdigest()[:16]
    plan = tools.plan
    rows: list[dict[str, Any]] = []
    failures: list[PhotoFailure] = []
    done: list[DonePhoto] = []
    with ExitStack() as stack:
        records = None
        if plan.task.stores_photos:
            records = stack.enter_context(written_whole(_path(plan, "tfrecord", part)))
        for item in ordered:
            outcome = tools.work(item)
            if isinstance(outcome, PhotoFailure):
                failures.append(outcome)
                continue
            rows.append(photo_row(outcome))
            done.append(_done(outcome))
            if records is not None and outcome.example is not None:
                records.write(framed(outcome.example))
    with written_whole(_path(plan, "photos", part)) as file:
        pq.write_table(table_of(rows, photo_schema(assessed=plan.task.assesses)), file, compression="zstd")
    if failures:
        write_bytes(_path(plan, "failures", part), b"".join(failure_line(failure) for failure in failures))
    done += [
        DonePhoto(sha256=failure.sha256, files=failure.files, fingerprint=None)
        for failure in failures
        if failure.for_good and failure.sha256 is not None
    ]
    _check_run(plan)
    write_bytes(joined(plan.out, DONE, f"{part}.jsonl"), b"".join(_line(photo) for photo in done))
    yield from done
    yield from failures


def read_done(path: str) -> Iterator[DonePhoto]:
    """The photos that a part's last file names.

    Raises:
        OSError: it cannot be read.
        ValueError: it is broken.
    """
    for line in read_bytes(path).splitlines():
        value = json.loads(line)
        files = tuple(FileRef(path=path, bytes=size, modified=modified) for path, size, modified in value["files"])
        yield DonePhoto(sha256=value["sha256"], files=files, fingerprint=value["fingerprint"])


def count_done(path: str) -> int:
    """Number of files that a part's last file names."""
    return sum(len(photo.files) for photo in read_done(path))


def done_files(out: str) -> list[str]:
    """The last files of all whole parts."""
    return [joined(out, DONE, name) for name in names_in(joined(out, DONE)) if not is_unfinished(name)]


def remove_remains(out: str) -> int:
    """Removes files of parts that a run left unfinished, and returns their number."""
    whole = {name.split(".")[0] for name in names_in(joined(out, DONE)) if not is_unfinished(name)} | {UNREAD}
    remains = [joined(out, DONE, name) for name in names_in(joined(out, DONE)) if is_unfinished(name)]
    for folder, ending in FOLDERS.items():
        for name in names_in(joined(out, folder)):
            ours = name.endswith(ending) or is_unfinished(name)
            if ours and (is_unfinished(name) or name.removesuffix(ending) not in whole):
                remains.append(joined(out, folder, name))
    if remains:
        delete(remains)
    return len(remains)


def write_unread(failures: Sequence[PhotoFailure], out: str) -> None:
    """Writes the dead letters of files that could not be read, in place of those of the run before."""
    ordered = sorted(failures, key=lambda failure: failure.files)
    write_bytes(joined(out, "failures", f"{UNREAD}.jsonl"), b"".join(failure_line(failure) for failure in ordered))


def _path(plan: BulkPlan, folder: str, part: str) -> str:
    return joined(plan.out, folder, part + FOLDERS[folder])


def _done(result: PhotoResult) -> DonePhoto:
    return DonePhoto(
        sha256=result.item.sha256, files=result.item.files, fingerprint=f"{result.signals.fingerprint:016x}"
    )


def _line(photo: DonePhoto) -> bytes:
    value = asdict(photo) | {"files": [[ref.path, ref.bytes, ref.modified] for ref in photo.files]}
    return json.dumps(value).encode() + b"\n"


def _check_run(plan: BulkPlan) -> None:
    if plan.run and json.loads(read_bytes(joined(plan.out, RUN_FILE))).get("run") != plan.run:
        message = f"another run has begun in {plan.out}: this one stops, give each its own folder"
        raise BulkError(message)
