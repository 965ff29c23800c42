"""One self-contained HTML page of an evaluation: figures, curves, and the mistakes as pictures."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from coachwork.evaluation.average_precision import Extent
from coachwork.evaluation.bootstrap import Figure
from coachwork.evaluation.drawn_matches import found_shapes, marked_shapes
from coachwork.evaluation.error_budget import FAULT_WORDS
from coachwork.evaluation.figures import EVERY, HEADLINE, MAIN_WORDS, POOLED
from coachwork.evaluation.matching import match_photo, scored_detections
from coachwork.evaluation.mistakes import Mistake, worst_false_alarms, worst_misses
from coachwork.evaluation.reliability import score_diagrams, verdict_diagrams
from coachwork.evaluation.run import Evaluation
from coachwork.evaluation.verdict import roc_curve
from coachwork.photos.reading import read_photo
from coachwork.reports.charts import Line, histogram, line_chart, matrix
from coachwork.reports.overlay import draw_shapes
from coachwork.reports.pages import render_page, write_page
from coachwork.taxonomy import Task

_PRECISION = {
    "mask_ap50": "mask AP50",
    "mask_ap": "mask AP",
    "mask_ap75": "mask AP75",
    "mask_ar": "mask AR",
    "box_ap50": "box AP50",
    "box_ap": "box AP",
    "box_ap75": "box AP75",
    "box_ar": "box AR",
}
_AT_POINT = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "pixel_iou": "pixel IoU",
    "pixel_dice": "Dice",
    "photo_iou": "IoU per photo",
    "photo_dice": "Dice per photo",
}
_MEANS = {
    Task.DAMAGE: {HEADLINE: "dent, scratch, missing part", EVERY: "mean of all types", POOLED: "all counted together"},
    Task.PARTS: {EVERY: "mean of the parts", POOLED: "all counted together"},
}
_THINGS = {Task.DAMAGE: "damage", Task.PARTS: "part"}
_PICTURES = {"photos": "photos against undamaged cars", "crops": "crops of the same photos"}
_LONGEST = 420  # of an embedded picture, pixels


def write_report(
    evaluation: Evaluation, path: Path, *, folder: Path, undamaged_folder: Path | None = None, pictures: int = 8
) -> None:
    """Writes the page.

    Args:
        evaluation: what was measured.
        path: the HTML file.
        folder: of the dataset, to show photos from.
        undamaged_folder: of the dataset of undamaged cars, by default `folder`.
        pictures: how many mistakes of each kind are shown.

    Raises:
        PhotoError: a photo that is to be shown cannot be read.
    """
    clean_folder = undamaged_folder or folder
    page = render_page(
        Path(__file__).with_name("report.html.j2"),
        **_tables(evaluation),
        **_charts(evaluation),
        mistakes=_mistakes(evaluation, folder, clean_folder, pictures),
    )
    write_page(path, page)


def headline_tiles(evaluation: Evaluation) -> list[dict[str, str]]:
    """The few figures that come first: name, value and note of each."""
    main = MAIN_WORDS[evaluation.task]
    tiles = [
        _tile(f"mask AP50, {main}", evaluation.table[HEADLINE].get("mask_ap50")),
        _tile(f"box AP50, {main}", evaluation.table[HEADLINE].get("box_ap50")),
        _tile(f"F1 of all {_THINGS[evaluation.task]}s", evaluation.table[POOLED].get("f1")),
    ]
    for name, verdict in evaluation.verdicts.items():
        tiles.append(_tile(f"AUROC, {_PICTURES[name]}", verdict.auroc))
    if "photos" in evaluation.verdicts:
        verdict = evaluation.verdicts["photos"]
        tiles.append(_tile("damaged photos called none", verdict.miss_rate if verdict.calibrated else None))
        tiles.append(_tile("undamaged called damaged", verdict.false_alarm_rate))
    return tiles


def _tile(name: str, value: Figure | None) -> dict[str, str]:
    if value is None or value.value is None:
        return {"name": name, "value": "\N{EN DASH}", "note": "not measured"}
    note = "" if value.low is None or value.high is None else f"{100 * value.low:.1f} to {100 * value.high:.1f}"
    return {"name": name, "value": f"{100 * value.value:.1f}", "note": note}


def _tables(evaluation: Evaluation) -> dict[str, Any]:
    main = ("dataset", "split", "source")
    subject = " ".join(evaluation.about[name] for name in main if evaluation.about.get(name))
    measured = {name for figures in evaluation.table.values() for name in figures}
    sized = {name for size in evaluation.sizes for name, value in size.figures.items() if value.value is not None}
    size_columns = [
        (key, f"{extent} {name.upper()}, {words}")
        for words, row in (("main types", HEADLINE), ("all", EVERY))
        if row in _MEANS[evaluation.task]
        for extent in reversed(Extent)
        for name in ("ap50", "ap")
        if (key := f"{extent}_{name} {row}") in sized
    ]
    return {
        "title": f"Evaluation of {evaluation.about.get('model', 'a model')} on {subject or 'photos'}",
        "thing": _THINGS[evaluation.task],
        "photos": len(evaluation.pairs),
        "clusters": len({pair.sample.cluster for pair in evaluation.pairs}),
        "undamaged": len(evaluation.undamaged),
        "about": evaluation.about,
        "tiles": headline_tiles(evaluation),
        "precision_columns": [(key, name) for key, name in _PRECISION.items() if key in measured],
        "point_columns": [(key, name) for key, name in _AT_POINT.items() if key in measured],
        "rows": list(_rows(evaluation)),
        "unseen": [facts.type.words for facts in evaluation.facts if not facts.seen],
        "sizes": evaluation.sizes,
        "size_columns": size_columns,
        "budgets": evaluation.budgets,
        "fault_words": FAULT_WORDS,
        "main_words": MAIN_WORDS[evaluation.task],
        "verdicts": {_PICTURES[name]: verdict for name, verdict in evaluation.verdicts.items()},
        "calibrated": all(verdict.calibrated for verdict in evaluation.verdicts.values()),
    }


def _rows(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    for facts in evaluation.facts:
        yield {
            "name": facts.type.words + ("" if facts.seen else " (not seen)"),
            "photos": facts.photos,
            "truths": facts.truths,
            "figures": evaluation.table[facts.type],
            "threshold": f"{facts.threshold:.2f}",
            "mean": False,
            "pooled": False,
        }
    for key, name in _MEANS[evaluation.task].items():
        yield {
            "name": name,
            "photos": "",
            "truths": "",
            "figures": evaluation.table[key],
            "threshold": "",
            "mean": True,
            "pooled": key == POOLED,
        }


def _charts(evaluation: Evaluation) -> dict[str, Any]:
    names = [*(kind.words for kind in evaluation.counts.types), "nothing"]
    return {
        "precision_charts": list(_precision_charts(evaluation)),
        "confusion": matrix(
            evaluation.counts.confusion, names, rows="marked", columns="found", title="what is taken for what"
        ),
        "score_charts": _score_charts(evaluation),
        "verdict_charts": list(_verdict_charts(evaluation)),
        "score_diagrams": list(score_diagrams(evaluation)),
        "verdict_diagrams": list(verdict_diagrams(evaluation)),
        "has_probabilities": bool(evaluation.point.score_calibration),
    }


def _precision_charts(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    recalls = np.linspace(0, 1, 101)
    for k, facts in enumerate(evaluation.facts):
        if not (facts.truths and facts.seen):
            continue
        lines = [
            Line(
                x=recalls,
                y=part.precision[0, :, k, 0],
                name=part.extent.value,
                series=2 if is_box else 1,
                dashed=is_box,
            )
            for part in evaluation.curves
            for is_box in [part.extent is Extent.BOX]
        ]
        point = evaluation.table[facts.type]
        chosen = [
            np.array([np.nan if point[name].value is None else point[name].value]) for name in ("recall", "precision")
        ]
        lines.append(Line(x=chosen[0], y=chosen[1], series=3, dots=True))
        chart = line_chart(
            lines, x_name="recall", y_name="precision", title=f"precision and recall of {facts.type.words}"
        )
        yield {"name": f"{facts.type.words} ({facts.truths})", "svg": chart}


def _score_charts(evaluation: Evaluation) -> list[dict[str, Any]]:
    scored = np.concatenate([scored_detections(evaluation.pairs, kind) for kind in evaluation.counts.types])
    right = scored[:, 1] == 1
    groups = [("right", 2, scored[right, 0]), ("wrong", 3, scored[~right, 0])]
    chart = histogram(groups, x_name="score", title="scores of detections")
    return [{"name": "Scores, right and wrong", "svg": chart}]


def _verdict_charts(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    curves = []
    for series, (name, verdict) in enumerate(evaluation.verdicts.items(), start=1):
        if verdict.damaged and verdict.undamaged:
            x, y = roc_curve(verdict.probabilities, verdict.is_damaged)
            curves.append(Line(x=x, y=y, name=name, series=series))
    if curves:
        chart = line_chart(
            curves, x_name="undamaged, flagged", y_name="damaged, flagged", title="ROC of the verdict", diagonal=True
        )
        yield {"name": "ROC", "svg": chart}
    for name, verdict in evaluation.verdicts.items():
        likely, damaged = verdict.probabilities, verdict.is_damaged
        groups = [("damaged", 3, likely[damaged]), ("undamaged", 1, likely[~damaged])]
        chart = histogram(groups, x_name="damage probability", title=f"damage probabilities of {name}")
        yield {"name": f"Damage probability, {name}", "svg": chart}


def _mistakes(evaluation: Evaluation, folder: Path, clean_folder: Path, limit: int) -> list[dict[str, Any]]:
    types, thresholds = evaluation.counts.types, evaluation.point.thresholds
    clean = [match_photo(pair, types, thresholds) for pair in evaluation.undamaged]
    sections = (
        (
            "Worst misses",
            "The largest damages that nothing of their type covers.",
            worst_misses(evaluation.pairs, evaluation.counts.matches, limit=limit),
            folder,
        ),
        (
            "Worst false alarms",
            "The surest detections where nothing is marked. Some are damages that the annotators passed over.",
            worst_false_alarms(evaluation.pairs, evaluation.counts.matches, limit=limit),
            folder,
        ),
        (
            "Worst false alarms on undamaged cars",
            "The surest detections on cars without damage.",
            worst_false_alarms(evaluation.undamaged, clean, limit=limit),
            clean_folder,
        ),
    )
    return [
        {"name": name, "text": text, "pictures": [_picture(mistake, root) for mistake in chosen]}
        for name, text, chosen, root in sections
    ]


def _picture(mistake: Mistake, folder: Path) -> dict[str, str]:
    pair = mistake.pair
    photo = read_photo(folder / pair.sample.photo, name=pair.sample.name, min_side=_LONGEST)
    sides = (marked_shapes(pair, frozenset(mistake.match.missed)), found_shapes(pair, mistake.match))
    drawn = [draw_shapes(photo.pixels, shapes, size=pair.sample.size, longest=_LONGEST) for shapes in sides]
    return {"text": mistake.text, "file": pair.sample.name, "truth": _embedded(drawn[0]), "found": _embedded(drawn[1])}


def _embedded(pixels: np.ndarray[Any, Any]) -> str:
    """A picture (h, w, 3) uint8 RGB as a data URI."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode("ascii")
