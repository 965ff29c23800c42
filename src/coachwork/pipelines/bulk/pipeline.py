"""The graph of a bulk run on Apache Beam: listing, what is new, exact copies, parts, near-duplicates.

    list files -> not known to be done -> digest of bytes -> one item for each digest -> not done
        -> parts (a hash of the digest) -> work on a part, make it durable -> buckets of fingerprints -> near-duplicates

What each arrow does lies in plain functions elsewhere; here stands only what must be told to Beam.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.metrics import Metrics
from apache_beam.utils.shared import Shared

from coachwork.photos.near_duplicates import NearDuplicate, bucket_keys, near_in_bucket
from coachwork.pipelines.bulk.parts import DonePhoto, read_done, work_on_part, write_unread
from coachwork.pipelines.bulk.photo_work import PhotoFailure, PhotoTools, WorkItem, identify
from coachwork.pipelines.bulk.plan import BulkPlan, parts_of
from coachwork.pipelines.bulk.rows import NEAR_DUPLICATE_SCHEMA, table_of
from coachwork.pipelines.bulk.storage import FileRef, joined, list_remote, written_whole

NAMESPACE = "coachwork"
"""Of the counters."""
COUNTERS = ("photos", "copies", "failed", "unread", "done_before", "near_duplicates", "models_loaded")
NEAR_DUPLICATES = "near_duplicates.parquet"

_FAILED, _MAIN = "failed", "main"


class Identify(beam.DoFn):
    """Files -> (digest, file); those that cannot be read go to the output `_FAILED`."""

    def __init__(self, plan: BulkPlan) -> None:
        self._plan = plan
        self._unread = Metrics.counter(NAMESPACE, "unread")

    def process(self, element: FileRef) -> Iterator[Any]:
        """One file."""
        found = identify(element, self._plan)
        if isinstance(found, PhotoFailure):
            self._unread.inc()
            yield beam.pvalue.TaggedOutput(_FAILED, found)
        else:
            yield found, element


class WorkOnParts(beam.DoFn):
    """(part, photos) -> photos that are done and durable. The model is loaded once for all threads of a worker."""

    def __init__(self, plan: BulkPlan, shared: Shared) -> None:
        self._plan = plan
        self._shared = shared
        self._tools: PhotoTools | None = None
        self._count = {name: Metrics.counter(NAMESPACE, name) for name in ("photos", "copies", "failed")}
        self._loaded = Metrics.counter(NAMESPACE, "models_loaded")

    def process(self, element: tuple[int, Iterable[WorkItem]]) -> Iterator[DonePhoto]:
        """One part."""
        if self._tools is None:
            self._tools = self._shared.acquire(self._load, tag=repr(self._plan))
        for outcome in work_on_part(element[1], self._tools):
            self._count["copies"].inc(len(outcome.files) - 1)
            if isinstance(outcome, PhotoFailure):
                self._count["failed"].inc()
            elif outcome.fingerprint is not None:
                self._count["photos"].inc()
                yield outcome

    def _load(self) -> PhotoTools:
        self._loaded.inc()
        return PhotoTools(self._plan)


class WriteNearDuplicates(beam.DoFn):
    """All near-duplicates -> one table, written anew."""

    def __init__(self, plan: BulkPlan) -> None:
        self._plan = plan
        self._count = Metrics.counter(NAMESPACE, "near_duplicates")

    def process(self, _: None, near: Iterable[NearDuplicate]) -> None:
        """The one element that starts it, and the near-duplicates."""
        rows = [
            {"sha256": one.sha256, "near_duplicate_of": one.of, "bits": one.bits}
            for one in sorted(near, key=lambda one: one.sha256)
        ]
        self._count.inc(len(rows))
        with written_whole(joined(self._plan.out, NEAR_DUPLICATES)) as file:
            pq.write_table(table_of(rows, NEAR_DUPLICATE_SCHEMA), file, compression="zstd")


def build(pipeline: beam.Pipeline, plan: BulkPlan, *, local: Sequence[FileRef] | None, done: Sequence[str]) -> None:
    """Puts the run into a pipeline.

    Args:
        pipeline: to add to.
        plan: what to do.
        local: the local photos; None where the workers list an object store.
        done: files that name what earlier runs did.
    """
    if local is None:
        listed = pipeline | "source" >> beam.Create([plan.source]) | "list" >> beam.FlatMap(list_remote)
        listed |= "spread files" >> beam.Reshuffle()
    else:
        listed = pipeline | "files" >> beam.Create(list(local))
    before = pipeline | "parts done" >> beam.Create(list(done)) | "read parts done" >> beam.FlatMap(read_done)
    if done:
        keyed = listed | "key files" >> beam.Map(lambda ref: (_ref_key(ref), ref))
        known = before | "key files done" >> beam.FlatMap(lambda one: [(_ref_key(ref), 1) for ref in one.files])
        listed = (keyed, known) | "join files" >> beam.CoGroupByKey() | "new files" >> beam.FlatMap(_not_done)
    identified = listed | "identify" >> beam.ParDo(Identify(plan)).with_outputs(_FAILED, main=_MAIN)
    items = _distinct(identified[_MAIN], before if done else None)
    finished = _worked(items, plan)
    _write_unread(pipeline, identified[_FAILED], plan)
    _near_duplicates(pipeline, (finished, before) if done else (finished,), plan)


def _distinct(found: Any, before: Any) -> Any:
    """One item for each digest that was not done before."""
    if before is None:
        return found | "group copies" >> beam.GroupByKey() | "items" >> beam.MapTuple(_item)
    known = before | "digests done" >> beam.Map(lambda one: (one.sha256, 1))
    joined_ = (found, known) | "join digests" >> beam.CoGroupByKey()
    return joined_ | "new digests" >> beam.FlatMap(_new_items)


def _worked(items: Any, plan: BulkPlan) -> Any:
    """Photos that are done, after their parts are durable."""
    parts = items | "count" >> beam.combiners.Count.Globally() | beam.Map(parts_of, plan.photos_a_part)
    return (
        items
        | "to parts" >> beam.Map(_with_part, beam.pvalue.AsSingleton(parts))
        | "group parts" >> beam.GroupByKey()
        | "work on parts" >> beam.ParDo(WorkOnParts(plan, Shared()))
    )


def _write_unread(pipeline: beam.Pipeline, failures: Any, plan: BulkPlan) -> None:
    _ = (
        pipeline
        | "once for dead letters" >> beam.Create([None])
        | "write dead letters"
        >> beam.Map(lambda _, found: write_unread(list(found), plan.out), beam.pvalue.AsIter(failures))
    )


def _near_duplicates(pipeline: beam.Pipeline, done: tuple[Any, ...], plan: BulkPlan) -> None:
    prints = done | "all done" >> beam.Flatten() | "prints" >> beam.FlatMap(_print_of)
    prints |= "each once" >> beam.Distinct()
    count = prints | "count prints" >> beam.combiners.Count.Globally()
    near = (
        prints
        | "to buckets" >> beam.FlatMap(_with_buckets, beam.pvalue.AsSingleton(count))
        | "group buckets" >> beam.GroupByKey()
        | "compare" >> beam.FlatMap(_compared)
        | "by photo" >> beam.Map(lambda one: (one.sha256, one))
        | "smallest" >> beam.CombinePerKey(min)
        | "near-duplicates" >> beam.Values()
    )
    start = pipeline | "once for near-duplicates" >> beam.Create([None])
    _ = start | "write near-duplicates" >> beam.ParDo(WriteNearDuplicates(plan), beam.pvalue.AsIter(near))


def _ref_key(ref: FileRef) -> bytes:
    """A key that any path gives, valid Unicode or not."""
    text = f"{ref.path}\0{ref.bytes}\0{ref.modified!r}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()[:16]


def _not_done(joined_: tuple[bytes, tuple[Iterable[FileRef], Iterable[int]]]) -> Iterator[FileRef]:
    refs, known = joined_[1]
    if any(True for _ in known):
        Metrics.counter(NAMESPACE, "done_before").inc()
    else:
        yield from refs


def _new_items(joined_: tuple[str, tuple[Iterable[FileRef], Iterable[int]]]) -> Iterator[WorkItem]:
    sha256, (refs, known) = joined_
    files = tuple(sorted(refs))
    if not files:
        return
    if any(True for _ in known):
        Metrics.counter(NAMESPACE, "done_before").inc(len(files))
    else:
        yield WorkItem(sha256=sha256, files=files)


def _item(sha256: str, refs: Iterable[FileRef]) -> WorkItem:
    return WorkItem(sha256=sha256, files=tuple(sorted(refs)))


def _with_part(item: WorkItem, parts: int) -> tuple[int, WorkItem]:
    return int(item.sha256[:15], 16) % parts, item


def _print_of(photo: DonePhoto) -> Iterator[tuple[str, str]]:
    if photo.fingerprint is not None:  # as hex: Beam's integers have a sign and 64 bits
        yield photo.sha256, photo.fingerprint


def _with_buckets(photo: tuple[str, str], photos: int) -> Iterator[tuple[int, tuple[str, str]]]:
    for key in bucket_keys(int(photo[1], 16), photos=photos):
        yield key, photo


def _compared(bucket: tuple[int, Iterable[tuple[str, str]]]) -> Iterator[NearDuplicate]:
    yield from near_in_bucket((sha256, int(print_, 16)) for sha256, print_ in bucket[1])
