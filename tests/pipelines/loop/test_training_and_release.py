"""Versions are trained on once; what passes its gates is tried and promoted, what is broken refused or taken back."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra")

from coachwork.inference.bundle import load_bundle
from coachwork.inference.contents import contents_of
from coachwork.inference.runtimes import processor_has
from coachwork.inference.variant import REFERENCE_FILE, choose_variant
from coachwork.models import families
from coachwork.pipelines.loop.data import take_deliveries
from coachwork.pipelines.loop.loop import Loop
from coachwork.pipelines.loop.models import registry_of, with_champion
from coachwork.pipelines.loop.release import Stage, step
from coachwork.pipelines.loop.training import train, train_waiting, waiting_trainings, want_training
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import BY_ITSELF, PhotoSlice, ReactionState
from coachwork.registry.bundle_store import BundleStore
from coachwork.registry.release import BundleVersion, Mode, Signature
from coachwork.registry.release_moves import appoint, change
from coachwork.registry.trial import Compared
from coachwork.storage.columns import now
from coachwork.storage.pipeline_run_store import PipelineRun, PipelineRunStore, RunState
from coachwork.storage.release_store import ReleaseTable
from coachwork.storage.release_trials import TrialStore
from tests.pipelines.loop.made import deliver, loop_in
from tests.training.made import TINY

OFF = "off = true\n"
VNNI = ("avx512_vnni", "avx_vnni", "asimddp")
GATES = ("headline", "types", "slices", "miss_rate", "speed", "size", "licences", "parity", "smoke")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, colour_bundle: Path) -> Iterator[tuple[Loop, PipelineRun]]:
    """A loop that trained on one delivery, by what the delivery triggered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(families.FAMILIES, "tiny", TINY)
        folder = tmp_path_factory.mktemp("loop")
        gates(folder)
        release = "[release]\nauto = true\nshadow_photos = 40\ncanary_photos = 30\ncanary_share = 0.5"
        loop = loop_in(folder, release, training='gates = "gates.toml"', variants=3)
        loop.service = replace(loop.service, bundle=colour_bundle)
        deliver(loop, "first", range(16))
        take_deliveries(loop)
        (run,) = train_waiting(loop)
        loop.settings = replace(loop.settings, training=replace(loop.settings.training, variants=0))
        yield loop, run
        loop.close()


def gates(folder: Path, **asked: str) -> None:
    (folder / "gates.toml").write_text("".join(f"[{name}]\n{asked.get(name, OFF)}" for name in GATES))


def seen(loop: Loop, count: int, *, failed: int = 0, slower: int = 0) -> None:
    """Lets a server tell of photos that both models saw."""
    release, tenant = ReleaseTable(loop.database).read(), loop.keys.tenant("default")
    for number in range(count):
        TrialStore(loop.database).add(
            Compared(
                trial=release.trial,
                mode=release.mode,
                tenant=tenant,
                case=None,
                sha256="",
                champion_digest="a",
                challenger_digest="b",
                problem="it broke" if number < failed else "",
                slower=number < slower,
                champion_verdict="damaged",
                champion_damages=1,
                champion_ms=10.0,
                at=now(),
            )
        )


def test_a_delivery_is_trained_on_by_itself(trained: tuple[Loop, PipelineRun]) -> None:
    loop, run = trained
    assert run.state is RunState.DONE
    assert (run.result["passed"], run.result["number"]) == (True, "2")
    assert load_bundle(Path(run.result["folder"]) / "bundle").card.name == "damage"
    (reaction,) = loop.reactions.all(action=Action.TRAIN)
    assert (reaction.state, reaction.condition) == (ReactionState.ENDED, Condition.NEW_ANNOTATIONS)
    assert reaction.detail["run"] == run.number


def test_what_was_trained_has_the_variants_of_a_bundle_that_ships(trained: tuple[Loop, PipelineRun]) -> None:
    _, run = trained
    bundle = load_bundle(Path(run.result["folder"]) / "bundle")
    names = {one.name for one in bundle.variants}
    wanted = {"fp32-onnxruntime"} | ({"int8-onnxruntime"} if processor_has(*VNNI) else set())
    assert wanted <= names
    assert run.result["variant"] == choose_variant(bundle.variants).name == bundle.variant.name
    assert {one.measured["on"]["photos"] for one in bundle.variants} <= {1, 2, 3}
    assert (bundle.folder / REFERENCE_FILE).is_file()


def test_the_same_version_is_not_trained_on_again(trained: tuple[Loop, PipelineRun]) -> None:
    loop, run = trained
    assert train_waiting(loop) == []
    assert train(loop, why="again") == (run, False)


def test_a_paused_training_waits_until_it_is_resumed(trained: tuple[Loop, PipelineRun]) -> None:
    loop, _ = trained
    loop.reactions.pause(Action.TRAIN, by="Ada", why="the machine is needed")
    want_training(loop, Condition.DRIFT_BEYOND, key="paused", why="w")
    assert waiting_trainings(loop) == []
    assert train_waiting(loop) == []
    loop.reactions.resume(Action.TRAIN)


def test_a_challenger_goes_through_shadow_and_canary_and_ends_the_hold_on_its_slice(
    trained: tuple[Loop, PipelineRun],
) -> None:
    loop, run = trained
    run = noted_slices(loop, run, {"dark, AP50": "passed: better", "blurred, AP50": "undecided: 1 -> 2 on 5 photos"})
    dark = PhotoSlice(name="dark", brightness_below=0.6)
    hold, _ = loop.reactions.take(Action.PAUSE_OFFERS, Condition.DRIFT_BEYOND, key="d", photos=dark, why="w")
    blurred, _ = loop.reactions.take(
        Action.PAUSE_OFFERS,
        Condition.DRIFT_BEYOND,
        key="b",
        photos=PhotoSlice(name="all photos"),
        why="w",
        detail={"cause": "blur"},
    )
    assert step(loop) is Stage.SHADOW
    seen(loop, 39)
    assert step(loop) is Stage.SHADOW
    seen(loop, 1)
    assert step(loop) is Stage.CANARY
    assert ReleaseTable(loop.database).read().mode is Mode.CANARY
    seen(loop, 30)
    assert step(loop) is Stage.PROMOTED
    release = ReleaseTable(loop.database).read()
    assert release.champion is not None
    assert release.champion.digest == run.result["digest"]
    (stands,) = loop.reactions.holds()
    assert stands.number == blurred.number
    assert "undecided: 1 -> 2 on 5 photos" in stands.detail["stands"]
    ended = loop.reactions.reaction(hold.number)
    assert (ended.state, ended.ended_by) == (ReactionState.ENDED, BY_ITSELF)
    assert "its gates passed on the slice: dark, AP50 passed: better" in ended.ended_why
    assert step(loop) is Stage.NOTHING


def test_a_challenger_that_fails_is_taken_back_and_not_tried_again(trained: tuple[Loop, PipelineRun]) -> None:
    loop, _ = trained
    champion = ReleaseTable(loop.database).read().champion
    deliver(loop, "second", range(16, 24))
    take_deliveries(loop)
    (run,) = train_waiting(loop)
    assert step(loop) is Stage.SHADOW
    seen(loop, 40, failed=12)
    assert step(loop) is Stage.TAKEN_BACK
    release = ReleaseTable(loop.database).read()
    assert (release.champion, release.challenger) == (champion, None)
    (reaction,) = loop.reactions.all(action=Action.ROLL_BACK)
    assert "it failed on 12 of 40 photos" in reaction.why
    assert PipelineRunStore(loop.database).run("release", run.result["digest"]).state is RunState.REFUSED
    assert step(loop) is Stage.NOTHING


def test_a_challenger_that_fails_its_gates_is_refused_with_the_reason(trained: tuple[Loop, PipelineRun]) -> None:
    loop, _ = trained
    champion = ReleaseTable(loop.database).read().champion
    gates(loop.settings.file.parent, size="megabytes = 0.001\n")
    deliver(loop, "third", range(24, 30))
    take_deliveries(loop)
    (run,) = train_waiting(loop)
    assert (run.state, run.result["passed"]) == (RunState.DONE, False)
    assert step(loop) is Stage.NOTHING
    assert ReleaseTable(loop.database).read().champion == champion
    (reaction,) = loop.reactions.all(action=Action.REFUSE_CHALLENGER)
    assert "size" in reaction.why
    gates(loop.settings.file.parent)


def test_a_training_begins_from_the_champion(trained: tuple[Loop, PipelineRun], tmp_path: Path) -> None:
    _, run = trained
    folder = tmp_path / "next"
    folder.mkdir()
    gates(folder)
    loop = loop_in(folder, training='gates = "gates.toml"\nfrom_champion = true')
    loop.service = replace(loop.service, bundle=Path(run.result["folder"]) / "bundle")
    plan = loop.settings.training.plan
    plan.write_text(plan.read_text().replace('family = "tiny"', 'family = "unet"'))
    deliver(loop, "first", range(16, 24))
    take_deliveries(loop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(families.FAMILIES, "tiny", TINY)
        (again,) = train_waiting(loop)
    assert again.state is RunState.DONE
    begun = json.loads((Path(again.result["folder"]) / "plan.json").read_text(encoding="utf-8"))["model"]
    assert contents_of(Path(begun["initial"])).digest == contents_of(Path(run.result["folder"]) / "bundle").digest
    assert begun["family"] == "tiny"  # what the champion is, not what the plan says
    learnt = load_bundle(Path(again.result["folder"]) / "bundle").card.dataset
    assert run.result["version"] in learnt.digest.split()
    assert len(learnt.digest.split()) == 2
    loop.close()


def test_a_champion_without_weights_leaves_the_start_to_the_plan(tmp_path: Path, colour_bundle: Path) -> None:
    said: list[str] = []
    gates(tmp_path)
    loop = loop_in(tmp_path, training='gates = "gates.toml"\nfrom_champion = true', tell=said.append)
    loop.service = replace(loop.service, bundle=colour_bundle)
    deliver(loop, "first", range(8))
    take_deliveries(loop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(families.FAMILIES, "tiny", TINY)
        (run,) = train_waiting(loop)
    assert run.state is RunState.DONE
    assert any("carries no weights to train on from, so it begins as the plan says" in line for line in said)
    loop.close()


def test_without_auto_a_person_releases(trained: tuple[Loop, PipelineRun]) -> None:
    loop, _ = trained
    loop.settings = replace(loop.settings, release=replace(loop.settings.release, auto=False))
    deliver(loop, "fourth", range(30, 36))
    take_deliveries(loop)
    train_waiting(loop)
    assert [step(loop), step(loop)] == [Stage.AWAITS_PERSON, Stage.AWAITS_PERSON]
    waiting = [one for one in loop.reactions.all(action=Action.RELEASE) if one.state is ReactionState.WAITING]
    assert len(waiting) == 1
    assert "coachwork pipelines run release" in waiting[0].why
    assert step(loop, by="Ada") is Stage.SHADOW
    assert ReleaseTable(loop.database).read().by == "Ada"
    assert loop.reactions.reaction(waiting[0].number).ended_by == "Ada"


def test_the_services_own_bundle_is_the_first_champion(tmp_path: Path, colour_bundle: Path) -> None:
    loop = loop_in(tmp_path)
    loop.service = replace(loop.service, bundle=colour_bundle)
    registry = registry_of(loop)
    first = with_champion(loop, registry)
    assert first == with_champion(loop, registry)
    release = ReleaseTable(loop.database).read()
    assert (release.revision, release.champion and release.champion.version) == (1, "1")


def test_a_champion_that_was_released_from_a_folder_is_compared_with_all_the_same(
    tmp_path: Path, colour_bundle: Path
) -> None:
    loop = loop_in(tmp_path)
    registry = registry_of(loop)
    elsewhere = BundleStore(str(tmp_path / "elsewhere"))
    digest = elsewhere.put(colour_bundle).digest
    bundle = BundleVersion(name="damage", version="9", digest=digest, place=elsewhere.root)
    change(registry.releases, lambda release: appoint(release, bundle, Signature(by="Ada", why="tried elsewhere")))
    assert contents_of(with_champion(loop, registry)).digest == digest


def noted_slices(loop: Loop, run: PipelineRun, slices: dict[str, str]) -> PipelineRun:
    return loop.runs.end(run, run.state, {**run.result, "slices": slices})
