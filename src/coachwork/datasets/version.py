"""One version of a dataset: immutable, and named by the digest of all it holds.

manifest.json   schema, digest of samples.jsonl, sources, split rule, parents, counts; its own SHA-256 is the version
samples.jsonl   one sample a line; a sample holds the digest of its photo

Neither holds a time, a path or a name of a dataset: the same input gives the same version, whenever and wherever.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from coachwork.datasets.counts import counts_of
from coachwork.datasets.place import DatasetError
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.sample_lines import sample_from_line, sample_to_line
from coachwork.datasets.source import Source

SCHEMA = "coachwork.dataset/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """How photos came to their splits.

    Attributes:
        val: part 0..1 of the drawn photos that goes to val.
        test: part 0..1 that goes to test.
        seed: of the draw.
        keep: splits whose photos were not drawn but stayed. All three: only photos without a stated split were drawn.
    """

    val: float = 0.2
    test: float = 0.0
    seed: int = 0
    keep: tuple[Split, ...] = tuple(Split)

    def __str__(self) -> str:
        parts = [f"{100 * part:g} % to {split}" for part, split in ((self.val, "val"), (self.test, "test")) if part]
        drawn = " and ".join(parts) or "all to train"
        if set(self.keep) == set(Split) and not parts:
            return "stated splits stand; all other photos are for training"
        if set(self.keep) == set(Split):
            return f"stated splits stand; of other photos {drawn}, seed {self.seed}"
        kept = f"{' and '.join(self.keep)} stand; " if self.keep else ""
        return f"{kept}drawn by cluster: {drawn}, seed {self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Version:
    """Samples with all that is known of how they came together; make one with `Version.of`.

    Attributes:
        digest: SHA-256 of the manifest, hex.
        manifest: manifest.json, byte for byte.
        lines: samples.jsonl, byte for byte.
        sources: by name; each sample's `source` is one of them.
        samples: in the order of samples.jsonl.
        rule: how the splits were made; None where that is not known.
        parents: digests of the versions that this one was made of, sorted.
    """

    digest: str
    manifest: bytes = field(repr=False)
    lines: bytes = field(repr=False)
    sources: tuple[Source, ...]
    samples: tuple[Sample, ...] = field(repr=False)
    rule: SplitRule | None
    parents: tuple[str, ...]

    @classmethod
    def of(
        cls,
        samples: Sequence[Sample],
        sources: Iterable[Source],
        *,
        rule: SplitRule | None,
        parents: Iterable[str] = (),
    ) -> "Version":
        """The version of some samples; sources and parents may come in any order, equal content has an equal digest.

        Raises:
            DatasetError: a sample names a source that is not given.
        """
        named = {source.name: source for source in sources}
        if strange := {sample.source for sample in samples} - named.keys():
            raise DatasetError(
                " and ".join(named) or "no source", f"samples name the unknown sources {', '.join(sorted(strange))}"
            )
        ordered, above = tuple(named[name] for name in sorted(named)), tuple(sorted(set(parents)))
        lines = "".join(sample_to_line(sample) + "\n" for sample in samples).encode("utf-8")
        manifest = {
            "schema": SCHEMA,
            "samples": hashlib.sha256(lines).hexdigest(),
            "sources": [source.as_json() for source in ordered],
            "splits": None if rule is None else _rule_json(rule),
            "parents": list(above),
            "counts": counts_of(samples),
        }
        content = (json.dumps(manifest, indent=2) + "\n").encode("utf-8")
        return cls(
            digest=hashlib.sha256(content).hexdigest(),
            manifest=content,
            lines=lines,
            sources=ordered,
            samples=tuple(samples),
            rule=rule,
            parents=above,
        )

    @property
    def counts(self) -> dict[str, Any]:
        """What the manifest states of photos and shapes."""
        counts: dict[str, Any] = json.loads(self.manifest)["counts"]
        return counts

    def holds_the_same(self, other: "Version") -> bool:
        """Whether samples, sources and split rule are equal, whatever the parents are."""
        return (self.lines, self.sources, self.rule) == (other.lines, other.sources, other.rule)


def read_version(manifest: bytes, lines: bytes, *, digest: str, where: object) -> Version:
    """The version of two files.

    Args:
        manifest: manifest.json.
        lines: samples.jsonl.
        digest: what the version is called.
        where: named in errors.

    Raises:
        DatasetError: the files were changed, or are of another schema.
    """
    short = digest[:12]
    if hashlib.sha256(manifest).hexdigest() != digest:
        raise DatasetError(where, f"the manifest of version {short} was changed: bring the dataset back from a copy")
    try:
        record = json.loads(manifest)
        if record["schema"] != SCHEMA:
            raise DatasetError(where, f"version {short} has the schema {record['schema']}, not {SCHEMA}")
        sources = tuple(Source.of_json(source) for source in record["sources"])
        rule = None if record["splits"] is None else _rule_from_json(record["splits"])
        expected, parents = str(record["samples"]), tuple(str(parent) for parent in record["parents"])
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(where, f"the manifest of version {short} is broken: {error}") from error
    if hashlib.sha256(lines).hexdigest() != expected:
        raise DatasetError(where, f"samples.jsonl of version {short} was changed: bring it back from a copy")
    return Version(
        digest=digest,
        manifest=manifest,
        lines=lines,
        sources=sources,
        samples=samples_of_lines(lines, where=where),
        rule=rule,
        parents=parents,
    )


def samples_of_lines(lines: bytes, *, where: object) -> tuple[Sample, ...]:
    """The samples of a samples.jsonl.

    Raises:
        DatasetError: a line is broken; says which.
    """
    samples = []
    for number, line in enumerate(lines.decode("utf-8", "replace").split("\n")[:-1], start=1):
        try:
            samples.append(sample_from_line(line))
        except ValueError as error:
            raise DatasetError(where, f"samples.jsonl line {number} is broken: {error}") from error
    return tuple(samples)


def photo_place(sha256: str, suffix: str) -> str:
    """Where a photo lies, relative to the folder of the photos.

    >>> photo_place("ab12", ".JPEG")
    'photos/ab/ab12.jpg'
    """
    ending = {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix.lower(), suffix.lower())
    return f"photos/{sha256[:2]}/{sha256}{ending}"


def _rule_json(rule: SplitRule) -> dict[str, Any]:
    return {"val": rule.val, "test": rule.test, "seed": rule.seed, "keep": [split.value for split in rule.keep]}


def _rule_from_json(record: dict[str, Any]) -> SplitRule:
    keep = tuple(Split(split) for split in record["keep"])
    return SplitRule(val=float(record["val"]), test=float(record["test"]), seed=int(record["seed"]), keep=keep)
