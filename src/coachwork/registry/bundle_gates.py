"""Gates on the bundle itself: licences of its training photos, two runs of its model, photos with known verdicts."""

from collections.abc import Iterator

from coachwork.errors import MissingExtra
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import Bundle, BundleError
from coachwork.inference.card import Card
from coachwork.inference.parity import check_runs, parity, sample_input, shipped_samples_folder
from coachwork.photos.problems import PhotoError
from coachwork.registry.gate import Finding, Outcome
from coachwork.registry.gate_limits import LicenceLimits, ParityLimit, SmokeSet


def licence_finding(card: Card, limits: LicenceLimits) -> Finding:
    """Whether all sets that the model learnt from may be used."""
    sources = card.dataset.sources
    refused = [
        source
        for source in sources
        if not limits.allows(source.licence) and not (limits.may_ship and source.weights_may_ship)
    ]
    if not sources:
        outcome, sentence = Outcome.UNDECIDED, "the card lists no set of photos: state them in the plan's datasets"
    elif refused:
        named = "; ".join(f"{source.name}: {source.licence or 'no licence stated'}" for source in refused)
        outcome, sentence = Outcome.FAILED, f"not allowed: {named}"
    else:
        outcome, sentence = Outcome.PASSED, "every set that it learnt from is allowed"
    return _finding(
        "licences",
        "licences of the photos",
        outcome,
        figure="; ".join(dict.fromkeys(source.licence for source in sources)) or "no source stated",
        limit=", ".join(limits.allowed) + (" or may ship by its card" if limits.may_ship else ""),
        sentence=sentence,
        blocking=limits.undecided_blocks,
    )


def parity_findings(bundle: Bundle, limit: ParityLimit) -> Iterator[Finding]:
    """Whether the variant that answers runs, and whether the model says the same elsewhere.

    Args:
        bundle: the candidate.
        limit: how far two runs may lie apart.
    """
    image = sample_input(bundle.card)
    try:
        check_runs(bundle, image)
        outcome, sentence = Outcome.PASSED, "every output is finite"
    except BundleError as broken:
        outcome, sentence = Outcome.FAILED, broken.why
    yield _finding(
        "parity",
        "the model runs",
        outcome,
        figure=bundle.variant.words,
        limit="runs",
        sentence=sentence,
        blocking=limit.undecided_blocks,
    )
    figure = "not measured"
    try:
        found = parity(bundle, image)
        figure = f"{found.difference:.1e} of the largest value ({found.output})"
        fits = found.difference <= limit.tolerance
        outcome = Outcome.PASSED if fits else Outcome.FAILED
        sentence = f"compared with {found.against}" + ("" if fits else ": the model says something else there")
    except MissingExtra as missing:
        outcome, sentence = Outcome.UNDECIDED, f"no second runtime is here and the bundle holds no reference: {missing}"
    except BundleError as broken:
        outcome, sentence = Outcome.FAILED, broken.why
    yield _finding(
        "parity",
        "the model says the same elsewhere",
        outcome,
        figure=figure,
        limit=f"{limit.tolerance:g} of the largest value at most",
        sentence=sentence,
        blocking=limit.undecided_blocks,
    )


def smoke_finding(bundle: Bundle, smoke: SmokeSet) -> Finding:
    """Whether photos with known verdicts get them."""
    folder = shipped_samples_folder() if smoke.folder is None else smoke.folder
    wrong, right = [], 0
    try:
        assessor = Assessor(bundle)
        for name, verdicts in smoke.expects.items():
            said = assessor.assess_file(folder / name)[1].verdict
            if said in verdicts:
                right += 1
            else:
                wrong.append(f"{name} is called {said}, not {' or '.join(verdicts)}")
    except (BundleError, PhotoError) as broken:
        wrong.append(str(broken))
    return _finding(
        "smoke",
        "photos with known verdicts",
        Outcome.FAILED if wrong else Outcome.PASSED,
        figure=f"{right} of {len(smoke.expects)} right",
        limit="all right",
        sentence="; ".join(wrong) or "each got a verdict that was expected",
        blocking=True,
    )


def _finding(
    gate: str, name: str, outcome: Outcome, *, figure: str, limit: str, sentence: str, blocking: bool
) -> Finding:
    return Finding(
        gate=gate,
        name=name,
        outcome=outcome,
        figure=figure,
        limit=limit,
        sentence=sentence,
        blocks=outcome is Outcome.FAILED or (outcome is Outcome.UNDECIDED and blocking),
    )
