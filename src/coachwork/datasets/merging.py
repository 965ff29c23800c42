"""Several versions become one: each photo once, no leak between them, and no photo read."""

from collections.abc import Mapping
from dataclasses import dataclass

from coachwork.datasets.joining import Candidate, Joined, join
from coachwork.datasets.source import join_sources
from coachwork.datasets.splitting import clusters_of
from coachwork.datasets.version import SplitRule, Version


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Merged:
    """The outcome of `merge`.

    Attributes:
        version: a child of all that were merged.
        joined: which photos moved to another split and why, and which were in several versions.
    """

    version: Version
    joined: Joined


def merge(versions: Mapping[str, Version]) -> Merged:
    """Merges versions: every photo keeps its split, except where near-duplicates lie on two sides.

    Of a photo that several versions hold, the sample in the strictest split stands, then the one with more shapes;
    types that only another one annotates are added to it. The order of the versions does not matter.

    Args:
        versions: what each is called in reports -> version.

    Raises:
        DatasetError: two versions say different things of one source's licence.
    """
    by_digest = {version.digest: (name, version) for name, version in versions.items()}
    candidates = [
        Candidate(sample=sample, stated=sample.split, origin=f"{digest[:12]} ({name})")
        for digest, (name, version) in sorted(by_digest.items())
        for sample in version.samples
    ]
    joined = join(candidates, clusters_of([candidate.sample for candidate in candidates]))
    sources = join_sources((version.sources for _, version in by_digest.values()), where=" and ".join(versions))
    held = {sample.source for sample in joined.samples}
    rule = SplitRule(val=0.0)
    kept = [source for source in sources if source.name in held]
    return Merged(version=Version.of(joined.samples, kept, rule=rule, parents=by_digest), joined=joined)
