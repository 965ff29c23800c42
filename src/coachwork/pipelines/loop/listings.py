"""The inference pipeline: listings that are new since the last run are assessed in bulk by the champion."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from coachwork.errors import MissingExtra
from coachwork.inference.bundle import load_bundle, shipped_parts_folder
from coachwork.inference.severity_file import read_severity_rule, shipped_severity_path
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.models import registry_of, with_champion
from coachwork.storage.pipeline_run_store import PipelineRun

PIPELINE = "inference"
_PHOTOS_A_PART = 200


def assess_listings(loop: Loop) -> tuple[PipelineRun, bool] | None:
    """Assesses the listings of the settings; None where none are named.

    Photos that an earlier run of the same champion did are not looked at again; a new champion begins anew, in a folder
    of its own.

    Returns:
        The run, and whether there was anything new.

    Raises:
        CoachworkError: source, model or results cannot be used.
        MissingExtra: Beam is not installed.
    """
    settings = loop.settings.listings
    if settings.source is None:
        return None
    try:
        from coachwork.pipelines.bulk.plan import SHIPPED_PARTS, BulkPlan, Task
        from coachwork.pipelines.bulk.running import prepared, run
        from coachwork.pipelines.bulk.storage import is_remote, list_local, list_remote
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="bulk", package=str(missing.name)) from missing
    folder = with_champion(loop, registry_of(loop))
    bundle = load_bundle(folder)
    source = settings.source
    listed = sorted(list_remote(source) if is_remote(source) else list_local(source))
    files = "\n".join(f"{one.path}\t{one.bytes}\t{one.modified!r}" for one in listed)
    key = hashlib.sha256(f"{bundle.digest}\n{files}".encode("utf-8", "surrogateescape")).hexdigest()
    out = settings.out / bundle.digest[:12]
    severity = shipped_severity_path()
    plan = BulkPlan(
        task=Task.ASSESS,
        source=source,
        out=str(out),
        bundle=str(folder),
        parts=None if shipped_parts_folder() is None else SHIPPED_PARTS,
        severity=None if severity is None else read_severity_rule(severity),
        photos_a_part=_PHOTOS_A_PART,
    )

    def work() -> Mapping[str, Any]:
        quiet = ("--default_sdk_harness_log_level=ERROR",)
        with prepared(plan, workers=settings.workers, beam_options=quiet) as ready:
            summary = run(ready)
        loop.tell(f"inference: {summary.photos} photos of listings, {summary.done_before} files done before: {out}")
        return {**asdict(summary), "out": str(out), "bundle": bundle.digest}

    return loop.once(PIPELINE, key, why=f"{len(listed)} photos of {source}", work=work)
