"""Settings of the loop's pipelines, read from TOML; problems are told by file and line."""

from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path

from coachwork.toml_tables import TomlFileError, TomlTable, read_toml

_TABLES = ("data", "training", "monitoring", "advice", "holds", "release", "listings")


class PipelineFileError(TomlFileError):
    """A file of settings of pipelines is malformed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """The data pipeline.

    Attributes:
        watch: folder; each file or folder right in it is one delivery of annotations.
        dataset: place of the dataset that grows, ``STORE/NAME``.
        label_map: a shipped map's name or a TOML file; None to find it by the labels.
        quiet_s: a delivery is taken once nothing in it changed for so long.
        most_problems: share 0..1 of a delivery's photos that may have problems; above, it is refused.
        corrections: that many new corrections of people become annotations; 0 for never.
        tenant: whose corrections.
    """

    watch: Path
    dataset: str
    label_map: str | None = None
    quiet_s: int = 10
    most_problems: float = 0.1
    corrections: int = 50
    tenant: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """The training pipeline.

    Attributes:
        plan: a training plan; its datasets give way to the version that is trained on.
        runs: folder of the runs.
        gates: a file of gates; None for those that ship.
        model: name in the registry.
        least_photos: a version with fewer new photos than that is not trained on.
        light: `augmentation.light` of a training that drift in the light started.
        threads: of the processor; 0 for all.
        variants: validation photos that quicker variants of the bundle are measured on at most; 0 makes none.
        from_champion: start from the champion's weights where its bundle carries them, whatever the plan starts from.
    """

    plan: Path
    runs: Path
    gates: Path | None = None
    model: str = "damage"
    least_photos: int = 20
    light: float = 2.5
    threads: int = 0
    variants: int = 400
    from_champion: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringSettings:
    """The monitoring pipeline.

    Attributes:
        photos: of the window that is compared with the reference, the last ones.
        every_minutes: how often that is done.
        queue: photos that one drift puts into the labelling queue at most.
    """

    photos: int = 200
    every_minutes: int = 15
    queue: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSettings:
    """The release pipeline.

    Attributes:
        auto: whether a challenger that passed its gates is released without a person.
        shadow_photos: that both models see before the challenger answers any.
        canary_share: 0..1 of the cases that the challenger answers then.
        canary_photos: that it answers before it becomes champion.
        error_rate, latency_ratio, disagreement: limits of the trial, see `coachwork.registry.release.Limits`.
        wait_s: longest wait for these photos in one run; the next run goes on.
    """

    auto: bool = False
    shadow_photos: int = 100
    canary_share: float = 0.1
    canary_photos: int = 200
    error_rate: float = 0.01
    latency_ratio: float = 2.0
    disagreement: float = 0.3
    wait_s: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSettings:
    """The inference pipeline.

    Attributes:
        source: photos of listings: a folder or address; None where there are none.
        out: folder of the results.
        workers: processes.
    """

    source: str | None = None
    out: Path
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """Everything.

    Attributes:
        file: where it stands.
        data, training, monitoring, release, listings: of the pipelines.
        brightness: 0..1, what capture advice asks for after drift to the dark.
        dark_below: 0..1, brightness below which a photo belongs to the dark slice.
    """

    file: Path
    data: DataSettings
    training: TrainingSettings
    monitoring: MonitoringSettings
    release: ReleaseSettings
    listings: ListingSettings
    brightness: float = 0.5
    dark_below: float = 0.6


def sample_settings() -> str:
    """The file that `coachwork pipelines init` writes."""
    return (resources.files("coachwork.pipelines.loop") / "pipelines.toml").read_text(encoding="utf-8")


def read_loop_settings(path: Path) -> LoopSettings:
    """Reads the settings; relative paths count from the file's folder.

    Raises:
        PipelineFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several PipelineFileErrors.
    """
    document, _ = read_toml(path, PipelineFileError)
    root, folder = document.root, path.resolve().parent
    root.only(_TABLES)
    root.need(("data", "training"))
    advice, holds = root.table("advice"), root.table("holds")
    advice.only(("brightness",))
    holds.only(("dark_below",))
    made = LoopSettings(
        file=path,
        data=_data(root.table("data"), folder),
        training=_training(root.table("training"), folder),
        monitoring=_monitoring(root.table("monitoring")),
        release=_release(root.table("release")),
        listings=_listings(root.table("listings"), folder),
        brightness=_share(advice, "brightness", 0.5),
        dark_below=_share(holds, "dark_below", 0.6),
    )
    document.finish()
    return made


def _data(table: TomlTable, folder: Path) -> DataSettings:
    table.only(("watch", "dataset", "label_map", "quiet_s", "most_problems", "corrections", "tenant"))
    label_map = table.text("label_map") if "label_map" in table else None
    if label_map is not None and label_map.endswith(".toml"):
        label_map = str(folder / label_map)
    return DataSettings(
        watch=folder / table.text("watch"),
        dataset=_place(table.text("dataset"), folder),
        label_map=label_map,
        quiet_s=table.whole("quiet_s", low=0, high=86_400, default=10),
        most_problems=_share(table, "most_problems", 0.1),
        corrections=table.whole("corrections", low=0, high=1_000_000, default=50),
        tenant=table.text("tenant", default="default"),
    )


def _training(table: TomlTable, folder: Path) -> TrainingSettings:
    table.only(("plan", "runs", "gates", "model", "least_photos", "light", "threads", "variants", "from_champion"))
    return TrainingSettings(
        plan=folder / table.text("plan"),
        runs=folder / table.text("runs", default="runs"),
        gates=folder / table.text("gates") if "gates" in table else None,
        model=table.text("model", default="damage"),
        least_photos=table.whole("least_photos", low=1, high=1_000_000, default=20),
        light=float(table.number("light", high=5, default=Decimal("2.5"))),
        threads=table.whole("threads", low=0, high=1024, default=0),
        variants=table.whole("variants", low=0, high=1_000_000, default=400),
        from_champion=table.flag("from_champion", default=True),
    )


def _monitoring(table: TomlTable) -> MonitoringSettings:
    table.only(("photos", "every_minutes", "queue"))
    return MonitoringSettings(
        photos=table.whole("photos", low=10, high=100_000, default=200),
        every_minutes=table.whole("every_minutes", low=1, high=1440, default=15),
        queue=table.whole("queue", low=1, high=100_000, default=200),
    )


def _release(table: TomlTable) -> ReleaseSettings:
    shares = ("canary_share", "error_rate", "disagreement")
    table.only(("auto", "shadow_photos", "canary_photos", "latency_ratio", "wait_s", *shares))
    return ReleaseSettings(
        auto=table.flag("auto"),
        shadow_photos=table.whole("shadow_photos", low=1, high=1_000_000, default=100),
        canary_share=_share(table, "canary_share", 0.1, low=Decimal("0.001")),
        canary_photos=table.whole("canary_photos", low=1, high=1_000_000, default=200),
        error_rate=_share(table, "error_rate", 0.01),
        latency_ratio=float(table.number("latency_ratio", low=1, high=1000, default=Decimal(2))),
        disagreement=_share(table, "disagreement", 0.3),
        wait_s=table.whole("wait_s", low=0, high=86_400, default=600),
    )


def _listings(table: TomlTable, folder: Path) -> ListingSettings:
    table.only(("source", "out", "workers"))
    source = table.text("source") if "source" in table else None
    return ListingSettings(
        source=None if source is None else _place(source, folder),
        out=folder / table.text("out", default="assessed-listings"),
        workers=table.whole("workers", low=1, high=256, default=1),
    )


def _share(table: TomlTable, key: str, default: float, *, low: Decimal | int = 0) -> float:
    return float(table.number(key, low=low, high=1, default=Decimal(str(default))))


def _place(text: str, folder: Path) -> str:
    return text if "://" in text else str(folder / text)
