"""What the loop answers to what happens: the table that code, tests and ``docs/loop.md`` share.

Each answer says what is triggered, what runs by itself, what waits for a person, and how it is stopped or taken back.
Nothing here acts; `coachwork.pipelines.loop` does, and keeps every action as a row that can be undone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """What happened."""

    DRIFT_SEEN = "drift seen"
    DRIFT_BEYOND = "drift beyond threshold"
    NEW_ANNOTATIONS = "additional annotations"
    CORRECTIONS = "corrections"
    FAILED_CHECKS = "failed data checks"
    BROKEN_CHALLENGER = "broken challenger"
    GOOD_CHALLENGER = "good challenger"
    DRIFT_GONE = "drift gone"


class Action(StrEnum):
    """What is done about it; the word by which it is paused, listed and found again."""

    TIGHTEN_ADVICE = "tighten-advice"
    QUEUE_PHOTOS = "queue-photos"
    PAUSE_OFFERS = "pause-offers"
    TRAIN = "train"
    MAKE_VERSION = "make-version"
    REFUSE_DATA = "refuse-data"
    REFUSE_CHALLENGER = "refuse-challenger"
    ROLL_BACK = "roll-back"
    RELEASE = "release"
    EASE = "ease"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One row of the table.

    Attributes:
        condition: what happened.
        action: what it triggers.
        by_itself: what runs without anybody, a sentence's end.
        waits_for: what a person does then; "nothing" where nobody is waited for.
        stop: the command that takes it back, or keeps it from happening.
    """

    condition: Condition
    action: Action
    by_itself: str
    waits_for: str
    stop: str


def _undo(action: Action) -> str:
    return f"`coachwork reactions undo NUMBER`, or beforehand `coachwork reactions pause {action}`"


def _pause(action: Action) -> str:
    return f"`coachwork reactions pause {action}`"


ANSWERS = (
    Answer(
        condition=Condition.DRIFT_SEEN,
        action=Action.TIGHTEN_ADVICE,
        by_itself="where photos came to be darker: customer pages and API send photos back as too dark from a higher "
        "brightness on (`[advice]` of the settings)",
        waits_for="nothing",
        stop=_undo(Action.TIGHTEN_ADVICE),
    ),
    Answer(
        condition=Condition.DRIFT_SEEN,
        action=Action.QUEUE_PHOTOS,
        by_itself="photos of the drifted slice enter the labelling queue, the darkest first",
        waits_for="annotators export the queue, label it and put the file into the watched folder",
        stop=_undo(Action.QUEUE_PHOTOS),
    ),
    Answer(
        condition=Condition.DRIFT_BEYOND,
        action=Action.PAUSE_OFFERS,
        by_itself="claims with photos of the slice get the rule `no-hold` broken, which stands in their result: no "
        "offer goes out without a person",
        waits_for="handlers review these claims; the hold ends when a model whose gates passed on the slice becomes "
        "champion, when drift is gone, or by a person's word; gates that could not decide on the slice end nothing",
        stop=_undo(Action.PAUSE_OFFERS),
    ),
    Answer(
        condition=Condition.DRIFT_BEYOND,
        action=Action.TRAIN,
        by_itself="training starts on the current dataset version, with what of the queue is labelled by then and the "
        "lighting augmentation of the settings; its challenger is compared with the champion on the slice",
        waits_for="nothing",
        stop=_pause(Action.TRAIN),
    ),
    Answer(
        condition=Condition.NEW_ANNOTATIONS,
        action=Action.MAKE_VERSION,
        by_itself="files in the watched folder are imported, checked and become a version of the dataset, with a "
        "report; the same files again give the same version",
        waits_for="nothing",
        stop=f"{_pause(Action.MAKE_VERSION)}; `coachwork dataset copy STORE/NAME@VERSION STORE/NAME` goes back",
    ),
    Answer(
        condition=Condition.NEW_ANNOTATIONS,
        action=Action.TRAIN,
        by_itself="a new version with enough new photos is trained on, evaluated and held against the gates",
        waits_for="nothing",
        stop=_pause(Action.TRAIN),
    ),
    Answer(
        condition=Condition.CORRECTIONS,
        action=Action.MAKE_VERSION,
        by_itself="once as many corrections came as the settings say, they are exported as annotations and go the way "
        "of additional annotations",
        waits_for="nothing",
        stop=_pause(Action.MAKE_VERSION),
    ),
    Answer(
        condition=Condition.FAILED_CHECKS,
        action=Action.REFUSE_DATA,
        by_itself="no version is made and nothing is trained; the row names the file and what is wrong in it",
        waits_for="whoever delivered the annotations mends the file; a mended file is another input and runs anew",
        stop="nothing to stop: nothing was changed",
    ),
    Answer(
        condition=Condition.GOOD_CHALLENGER,
        action=Action.RELEASE,
        by_itself="with `auto = true` in `[release]`: shadow, then canary, then champion; holds on slices on which "
        "its gates passed end",
        waits_for="with `auto = false`: a person gives `coachwork pipelines run release`",
        stop=f"{_pause(Action.RELEASE)}; afterwards `coachwork registry rollback`",
    ),
    Answer(
        condition=Condition.BROKEN_CHALLENGER,
        action=Action.REFUSE_CHALLENGER,
        by_itself="a bundle that fails a gate stays in the registry without an alias; the row names the gates",
        waits_for="an engineer reads the run; the champion answers meanwhile",
        stop="nothing to stop: the champion never changed",
    ),
    Answer(
        condition=Condition.BROKEN_CHALLENGER,
        action=Action.ROLL_BACK,
        by_itself="a canary with errors, latency or disagreement beyond its bounds is taken back at once",
        waits_for="an engineer reads the row; the same bundle is not released again by itself",
        stop="`coachwork pipelines run release` tries again",
    ),
    Answer(
        condition=Condition.DRIFT_GONE,
        action=Action.EASE,
        by_itself="when two reports in a row see no drift, advice that was tightened is eased again, and holds on "
        "offers end",
        waits_for="handlers decide claims that were held meanwhile: these keep their result",
        stop=_pause(Action.EASE),
    ),
)
"""Every answer, in the order in which the questions are asked."""


def answers_to(condition: Condition) -> tuple[Answer, ...]:
    """What a condition triggers."""
    return tuple(answer for answer in ANSWERS if answer.condition is condition)


def answers_as_markdown() -> str:
    """The table as it stands in ``docs/loop.md``."""
    return "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield "| what happened | what it triggers | what runs by itself | what waits for a person | how to stop it |"
    yield "|---|---|---|---|---|"
    for one in ANSWERS:
        yield f"| {one.condition} | `{one.action}` | {one.by_itself} | {one.waits_for} | {one.stop} |"
