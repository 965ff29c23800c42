"""From a plan to a run: reads the datasets, checks their licences, picks the splits."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from coachwork.datasets.dataset import Dataset, read_dataset
from coachwork.datasets.sample import Entry, Split
from coachwork.training.checkpoint import read_checkpoint
from coachwork.training.loop import Run
from coachwork.training.plan import DataPlan, Plan, PlanError


def start_run(plan: Plan, folder: Path, *, threads: int | None = None) -> Run:
    """Prepares (or picks up again) the run of a plan, on so many CPU threads (all cores by default).

    Raises:
        DatasetError: a dataset of the plan cannot be read.
        PlanError: a set's licence forbids publishing, or a name in the plan fits no source.
        CheckpointError: the folder holds a run of another plan.
    """
    if threads:
        torch.set_num_threads(threads)
    datasets = [read_dataset(place) for place in plan.data.datasets]
    _check_sources(plan.data, datasets)
    described = [_description(dataset, plan.data) for dataset in datasets]
    return Run(
        plan,
        folder,
        training=shared(entries_of(datasets, Split.TRAIN), plan.data.share),
        validation=validation_entries(plan.data, datasets),
        datasets=described + _learnt_before(plan, described),
    )


def entries_of(datasets: list[Dataset], split: Split) -> list[Entry]:
    """All samples of one split that say anything; unlabelled photos teach nothing here."""
    return [(d.folder, s) for d in datasets for s in d.split(split) if s.annotated or s.shapes]


def shared(entries: Sequence[Entry], share: float) -> list[Entry]:
    """A share of the entries: whole clusters of each source, in an order that nothing but their digests decides."""
    if share == 1:
        return list(entries)
    of_source: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        of_source.setdefault(entry[1].source, {}).setdefault(entry[1].cluster, []).append(entry)
    chosen: list[Entry] = []
    for clusters in of_source.values():
        wanted = share * sum(map(len, clusters.values()))
        taken = 0
        for _, own in sorted(clusters.items(), key=lambda item: hashlib.sha256(item[0].encode()).digest()):
            if taken >= wanted:
                break
            chosen += own
            taken += len(own)
    return chosen


def validation_entries(plan: DataPlan, datasets: list[Dataset]) -> list[Entry]:
    """The photos a run is measured on: the plan's sources, evenly thinned to its limit."""
    entries = entries_of(datasets, Split.VAL)
    chosen = [entry for entry in entries if not plan.validate_on or entry[1].source in plan.validate_on]
    if plan.validate_limit and len(chosen) > plan.validate_limit:
        step = len(chosen) / plan.validate_limit
        chosen = [chosen[int(i * step)] for i in range(plan.validate_limit)]
    return chosen


def _check_sources(plan: DataPlan, datasets: list[Dataset]) -> None:
    known = {source.name: source for dataset in datasets for source in dataset.sources}
    unknown = (set(plan.repeats) | set(plan.validate_on)) - set(known)
    if unknown:
        message = (
            f"the plan names sources that no dataset holds: {', '.join(sorted(unknown))}; known: {', '.join(known)}"
        )
        raise PlanError(message)
    closed = [name for name, source in known.items() if not source.weights_may_ship and plan.repeats.get(name, 1) > 0]
    if closed and plan.only_publishable:
        message = (
            f"weights trained on {', '.join(sorted(closed))} may not be published: leave the set out "
            "(data.repeats = 0), or set data.only_publishable = false and keep the weights to yourself"
        )
        raise PlanError(message)


def _learnt_before(plan: Plan, described: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the weights that a plan starts from learnt from, and is not among its own datasets.

    Raises:
        CheckpointError: these weights cannot be read.
        PlanError: they may not be published, and the plan's are to be.
    """
    if not plan.model.initial:
        return []
    known = {dataset["digest"] for dataset in described}
    before = [one for one in read_checkpoint(Path(plan.model.initial)).datasets if one["digest"] not in known]
    sources = [source for dataset in before for source in dataset["sources"]]
    closed = sorted({source["name"] for source in sources if not source["weights_may_ship"]})
    if closed and plan.data.only_publishable:
        message = (
            f"{plan.model.initial} was trained on {', '.join(closed)} and may not be published, nor what is trained on "
            "from there: start from other weights, or set data.only_publishable = false"
        )
        raise PlanError(message)
    return before


def _description(dataset: Dataset, plan: DataPlan) -> dict[str, Any]:
    photos = Counter(sample.source for sample in dataset.split(Split.TRAIN))
    return {
        "name": dataset.name,
        "digest": dataset.digest,
        "sources": [
            {
                "name": source.name,
                "title": source.title,
                "licence": source.licence,
                "attribution": source.attribution,
                "url": source.url,
                "photos": photos[source.name],
                "weights_may_ship": source.weights_may_ship,
            }
            for source in dataset.sources
            if plan.repeats.get(source.name, 1) > 0
        ],
    }
