"""What a run is known by: its plan as flat parameters, its datasets and its code as tags."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from coachwork.registry.revision import code_revision
from coachwork.training.plan import Plan
from coachwork.training.processes import process_count
from coachwork.training.tracking.sink import RunFacts


def facts_of(plan: Plan, folder: Path, *, step: int, datasets: Sequence[Mapping[str, Any]]) -> RunFacts:
    """The facts of a run.

    Args:
        plan: what is trained.
        folder: of the run, which gives the name.
        step: steps done before.
        datasets: name, digest and sources of each dataset, its own before those that its first weights learnt from.
    """
    learnt = digests_by_name(datasets)
    tags = {f"dataset.{name}": digest for name, digest in learnt.items()}
    sources = dict.fromkeys(source["name"] for dataset in datasets for source in dataset["sources"])
    machine = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{torch.get_num_threads()} CPU threads"
    return RunFacts(
        name=folder.resolve().name,
        folder=folder,
        step=step,
        datasets=learnt,
        parameters=flattened(plan.as_json()),
        tags=tags
        | {"dataset.sources": ", ".join(sources), "torch": torch.__version__, "python": platform.python_version()}
        | {"machine": machine, "processes": str(process_count())}
        | code_revision(),
    )


def digests_by_name(datasets: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Digest of each dataset by its name; of several of one name the first has it, the others with their version.

    >>> digests_by_name([{"name": "a", "digest": "1" * 64}, {"name": "a", "digest": "2" * 64}]).keys()
    dict_keys(['a', 'a 222222222222'])
    """
    found: dict[str, str] = {}
    for dataset in datasets:
        name, digest = str(dataset["name"]), str(dataset["digest"])
        found[f"{name} {digest[:12]}" if name in found else name] = digest
    return found


def flattened(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested plain data as `outer.inner` -> text; lists and empty tables as JSON.

    >>> flattened({"model": {"family": "unet", "options": {}}, "types": ["dent"]})
    {'model.family': 'unet', 'model.options': '{}', 'types': '["dent"]'}
    """
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, str) else json.dumps(value)
    return flat
