"""The loop's results as assets of Dagster; each is made by one pipeline."""

from collections.abc import Mapping
from typing import Any

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult, MetadataValue, RetryPolicy, asset

from coachwork.pipelines.loop.running import PIPELINES, run_pipeline
from coachwork.pipelines.orchestration.place import opened_loop
from coachwork.reactions.answers import ANSWERS, Action

ASSETS: Mapping[str, str] = {
    "data": "dataset_version",
    "training": "challenger",
    "inference": "listing_assessments",
    "monitoring": "drift_report",
    "release": "champion",
}
"""Pipeline -> the asset that it makes."""

_ABOVE = {
    "training": ["dataset_version"],
    "release": ["challenger"],
    "inference": ["champion"],
    "monitoring": ["champion"],
}
_ACTIONS = {
    "data": (Action.MAKE_VERSION, Action.REFUSE_DATA),
    "training": (Action.TRAIN, Action.REFUSE_CHALLENGER),
    "monitoring": (Action.TIGHTEN_ADVICE, Action.QUEUE_PHOTOS, Action.PAUSE_OFFERS, Action.EASE),
    "release": (Action.RELEASE, Action.ROLL_BACK),
}


def _described(name: str) -> str:
    rows = [one for one in ANSWERS if one.action in _ACTIONS.get(name, ())]
    told = [f"- **{one.condition}** → `{one.action}`: {one.by_itself}. Stop: {one.stop}." for one in rows]
    return "\n".join([f"{PIPELINES[name].words}.", *([""] if told else []), *told])


def _asset(name: str) -> AssetsDefinition:
    @asset(
        name=ASSETS[name],
        deps=_ABOVE.get(name, []),
        group_name="loop",
        description=_described(name),
        kinds={"python"},
        pool=f"coachwork_{name}",
        retry_policy=RetryPolicy(max_retries=2, delay=30),
    )
    def made(context: AssetExecutionContext) -> MaterializeResult[Any]:
        with opened_loop(context.log.info) as loop:
            said = run_pipeline(loop, name)
            last = next(iter(loop.runs.all(pipeline=name, limit=1)), None)
            standing = len(loop.reactions.all(standing=True))
        found: dict[str, Any] = {"said": said, "reactions that stand": standing}
        if last is not None:
            shown = {key: value for key, value in last.result.items() if key != "report" or isinstance(value, str)}
            found |= {"run": last.number, "state": last.state.value, "result": MetadataValue.json(shown)}
        return MaterializeResult(metadata=found)

    return made


ALL_ASSETS = tuple(_asset(name) for name in PIPELINES)
"""In the order in which one pipeline feeds the next."""
