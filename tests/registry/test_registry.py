import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachwork.inference.bundle import BundleError
from coachwork.inference.contents import contents_of
from coachwork.registry.bundle_store import BundleStore, BundleStoreError
from coachwork.registry.gate import Finding, GateReport, Outcome
from coachwork.registry.model_versions import ModelVersions, RegistryError
from coachwork.registry.registry import NotPromoted, Registry
from coachwork.registry.release import Action, BundleVersion, IllegalRelease, Signature
from coachwork.registry.release_moves import appoint, change, start_shadow


def report_of(candidate: str, champion: str = "", *, passed: bool = True, gates: str = "f" * 64) -> GateReport:
    finding = Finding(
        gate="smoke",
        name="photos with known verdicts",
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        figure="8 of 8 right",
        limit="all right",
        sentence="",
        blocks=not passed,
    )
    return GateReport(
        candidate=candidate, champion=champion, gates=gates, findings=(finding,), at="2026-11-21T00:00:00+00:00"
    )


def test_an_empty_registry_holds_nothing(registry: Registry) -> None:
    assert registry.all() == []
    assert registry.read().champion is None
    with pytest.raises(RegistryError, match="add one first"):
        registry.named("1")
    with pytest.raises(IllegalRelease, match="no earlier champion"):
        registry.rollback(by="me", why="none")


def test_the_same_bundle_twice_is_one_version(
    registry: Registry, colour_bundle: Path, bundles: Any, tmp_path: Path
) -> None:
    first = registry.add(colour_bundle, by="me")
    other = registry.add(bundles.with_thresholds("other", 0.5), by="me")
    again = registry.add(Path(shutil.copytree(colour_bundle, tmp_path / "copy")), by="you")
    assert (first, other.version) == (again, "2")
    assert registry.all() == [other, first]
    assert first.digest == contents_of(colour_bundle).digest
    assert contents_of(registry.folder_of(first.digest)) == contents_of(colour_bundle)


def test_a_version_tells_where_it_comes_from(registry: Registry, colour_bundle: Path, bundles: Any) -> None:
    first = registry.add(colour_bundle, by="me")
    assert first.lineage.datasets == {"none": "0" * 64}
    assert first.lineage.revision
    assert first.lineage.parent == ""
    registry.promote(first, by="me", despite="it is the first")
    other = registry.add(bundles.with_thresholds("other", 0.5), by="you")
    assert (other.lineage.parent, other.by) == (first.digest, "you")
    assert other.to_json()["lineage"]["parent"] == first.digest  # type: ignore[index]


def test_the_files_lie_in_mlflow_too(registry: Registry, tracking: str, colour_bundle: Path) -> None:
    from mlflow import MlflowClient  # noqa: PLC0415

    added = registry.add(colour_bundle, by="me")
    client = MlflowClient(tracking_uri=tracking)
    held = client.get_model_version("damage", added.version)
    assert held.run_id
    assert held.source
    names = {
        one.path.rpartition("/")[2] for one in client.list_artifacts(held.run_id, f"registered/{added.digest[:12]}")
    }
    assert names == {"card.json", "model.onnx"}
    assert Path(held.source.removeprefix("file://")).joinpath("card.json").is_file()


def test_a_bundle_of_a_tracked_run_joins_it(registry: Registry, tracking: str, bundles: Any) -> None:
    from mlflow import MlflowClient  # noqa: PLC0415

    client = MlflowClient(tracking_uri=tracking)
    tags = {"dataset.damage": "ab" * 32, "dataset.sources": "claims", "mlflow.source.git.commit": "c0ffee"}
    place = (Path(tracking.removeprefix("sqlite:///")).parent / "mlruns").as_uri()
    run = client.create_run(client.create_experiment("coachwork", artifact_location=place), tags=tags).info.run_id
    folder = bundles.with_thresholds("run/bundle", 0.45)
    note = {"mlflow": {"uri": tracking, "run_id": run, "experiment": "coachwork"}}
    (folder.parent / "tracking.json").write_text(json.dumps(note))
    added = registry.add(folder, by="me")
    assert added.lineage.run == run
    assert added.lineage.datasets == {"damage": "ab" * 32}
    assert added.lineage.revision == "c0ffee"
    assert client.get_model_version("damage", added.version).run_id == run


def test_what_is_no_bundle_is_not_added(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        registry.add(tmp_path / "nowhere", by="me")
    assert registry.all() == []


def test_only_what_passed_against_the_present_champion_is_promoted(
    registry: Registry, colour_bundle: Path, bundles: Any
) -> None:
    first = registry.add(colour_bundle, by="me")
    second = registry.add(bundles.with_thresholds("second", 0.45), by="me")
    third = registry.add(bundles.with_thresholds("third", 0.46), by="me")
    with pytest.raises(NotPromoted, match="was not asked"):
        registry.promote(first, by="me")
    for model in (first, third):
        registry.reports.keep(report_of(model.digest))
    assert registry.promote(first, by="me").champion == registry.bundle_version(first)
    with pytest.raises(NotPromoted, match="was not asked"):
        registry.promote(third, by="me")  # its gates were asked when there was no champion yet
    registry.reports.keep(report_of(second.digest, first.digest, passed=False))
    with pytest.raises(NotPromoted, match="photos with known verdicts") as refused:
        registry.promote(second, by="me")
    assert refused.value.report is not None
    registry.reports.keep(report_of(second.digest, first.digest))
    with pytest.raises(NotPromoted, match="was not asked"):
        registry.promote(second, by="me", gates="e" * 64)  # by other gates
    release = registry.promote(second, by="me", gates="f" * 64)
    assert (release.champion, release.action) == (registry.bundle_version(second), Action.APPOINTED)
    assert "gates" in release.why
    assert [one.aliases for one in registry.all()] == [(), ("champion",), ()]


def test_a_reason_stands_in_the_history(registry: Registry, colour_bundle: Path) -> None:
    first = registry.add(colour_bundle, by="me")
    release = registry.promote(first, by="me", despite="the house is on fire")
    assert "despite the gates: the house is on fire" in release.why
    assert "not asked" in release.why


def test_rolling_back_adds_to_the_history(registry: Registry, colour_bundle: Path, bundles: Any) -> None:
    first = registry.add(colour_bundle, by="me")
    second = registry.add(bundles.with_thresholds("second", 0.45), by="me")
    for model in (first, second):
        registry.promote(model, by="me", despite="a test")
    before = list(registry.releases.history())
    back = registry.rollback(by="you", why="it calls rust scratches")
    assert (back.champion, back.action, back.by) == (registry.bundle_version(first), Action.ROLLED_BACK, "you")
    assert list(registry.releases.history())[1:] == before
    assert registry.named("champion").digest == first.digest


def test_a_bundle_that_is_not_whole_is_not_promoted(registry: Registry, colour_bundle: Path) -> None:
    first = registry.add(colour_bundle, by="me")
    (registry.folder_of(first.digest) / "model.onnx").write_bytes(b"half")
    with pytest.raises(BundleStoreError, match=r"model\.onnx"):
        registry.promote(first, by="me", despite="a test")
    assert registry.read().champion is None


def test_aliases_follow_the_release(registry: Registry, colour_bundle: Path, bundles: Any) -> None:
    first = registry.add(colour_bundle, by="me")
    second = registry.add(bundles.with_thresholds("second", 0.45), by="me")
    registry.promote(first, by="me", despite="a test")
    challenger = registry.bundle_version(second)
    change(registry.releases, lambda release: start_shadow(release, challenger, Signature(by="me", why="try")))
    registry.versions.set_aliases({"champion": second.version})  # as somebody might have left them
    assert {one.version: one.aliases for one in registry.all()} == {"1": ("champion",), "2": ("challenger",)}
    promoted = registry.promote(registry.named("challenger"), by="me", despite="a test")
    assert promoted.action is Action.PROMOTED
    assert {one.version: one.aliases for one in registry.all()} == {"1": (), "2": ("champion",)}


def test_a_champion_that_was_never_registered_is_found_where_it_lies(
    registry: Registry, colour_bundle: Path, bundles: Any, tmp_path: Path
) -> None:
    own = registry.add(colour_bundle, by="me")
    folder = bundles.with_thresholds("elsewhere", 0.45)
    store = BundleStore(tmp_path / "elsewhere-store")
    digest = store.put(folder).digest
    for place in (str(folder), store.root):
        champion = BundleVersion(name="damage", version="2026-11", digest=digest, place=place)
        registry.releases.write(appoint(registry.releases.read(), champion, Signature(by="me", why="a test")))
        assert {one.version: one.aliases for one in registry.all()} == {own.version: ()}
        assert contents_of(registry.champion_folder(champion)).digest == digest
    (folder / "card.json").write_text("{}")
    with pytest.raises(BundleStoreError, match="was changed"):
        registry.champion_folder(replace(champion, place=str(folder)))


def test_a_version_is_named_by_number_alias_or_digest(registry: Registry, colour_bundle: Path) -> None:
    first = registry.add(colour_bundle, by="me")
    registry.promote(first, by="me", despite="a test")
    for wanted in ("1", "champion", first.digest, first.digest[:8]):
        assert registry.named(wanted).digest == first.digest
    with pytest.raises(RegistryError, match="no version"):
        registry.named("challenger")


def test_a_server_that_does_not_answer_is_told() -> None:
    with pytest.raises(RegistryError, match="cannot be used"):
        ModelVersions("http://127.0.0.1:9", "damage").all()


_KILLED = """
import json, os, signal, sys
from pathlib import Path
from mlflow import MlflowClient
from coachwork.datasets.files import LocalFiles
from coachwork.registry.registry import Registry

root, tracking = sys.argv[1:]
left = 10**9

def counted(owner, name):
    real = getattr(owner, name)
    def run(self, *arguments, **named):
        step()
        done = real(self, *arguments, **named)
        step()
        return done
    setattr(owner, name, run)

def step():
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

for owner, names in (
    (LocalFiles, ("create", "settle", "read")),
    (MlflowClient, ("set_registered_model_alias", "delete_registered_model_alias")),
):
    for name in names:
        counted(owner, name)

def forked(work):
    child = os.fork()
    if child == 0:
        try:
            client = registry.versions._client
            for store in (client._get_registry_client().store, client._tracking_client.store):
                store.engine.dispose(close=False)  # connections are the parent's
            work()
            os._exit(0)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def promote():
    global left
    model = registry.named(wanted)
    left = at
    registry.promote(model, by="killed", despite="a test")

def seen():
    release = registry.read()
    aliases = {one.version: one.aliases for one in registry.versions.all()}
    return {"champion": release.champion.version, "aliases": aliases}

registry = Registry.at(root, tracking=tracking, name="damage")
now = seen()
for at in range(200):
    wanted = {"1": "2", "2": "1"}[now["champion"]]
    ended = forked(promote)
    now = seen()
    print(json.dumps(now | {"step": at, "ended": ended, "wanted": wanted}), flush=True)
    if ended == 0:
        break
"""


def test_a_kill_at_any_step_of_a_promotion_leaves_one_champion(
    registry: Registry, tracking: str, colour_bundle: Path, bundles: Any
) -> None:
    first = registry.add(colour_bundle, by="me")
    second = registry.add(bundles.with_thresholds("second", 0.45), by="me")
    for model in (first, second):
        registry.promote(model, by="me", despite="a test")
    root = registry.bundles.root.removesuffix("/bundles")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _KILLED, root, tracking], check=True, capture_output=True, text=True, timeout=400
    )
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(seen) > 8
    assert {one["ended"] for one in seen} == {0, -9}
    for one in seen:
        with_alias = [version for version, aliases in one["aliases"].items() if "champion" in aliases]
        assert with_alias == [one["champion"]], one
        if one["ended"] == 0:
            assert one["champion"] == one["wanted"]
    moved = [one["champion"] == one["wanted"] for one in seen]
    assert moved == sorted(moved)  # first the kills that change nothing, then those after the release was written
    assert not moved[0]
    assert moved[-1]
