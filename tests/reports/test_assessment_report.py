import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from coachwork.assessments.assessment import AssessingModel, Assessment, Damage
from coachwork.assessments.verdict import Verdict
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.quality import Quality
from coachwork.reports.assessment_report import SHOWN_DAMAGES, AssessmentReport, printable
from coachwork.reports.pictures import crop_of, draw_damages
from coachwork.taxonomy import DamageType

SIZE = Size(height=300, width=400)
PIXELS = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
MODEL = AssessingModel(
    name="test model",
    digest="cd" * 32,
    thresholds={DamageType.DENT: 0.4},
    limits=("cannot see: crack",),
    miss_rate=0.02,
)
HOSTILE = "<script>alert(1)</script>\"' onerror=x <!-- sections --> {{ 7*7 }}.jpg"


def assessment(verdict: Verdict, *, file: str = "a.jpg", damages: int = 1) -> Assessment:
    full = np.zeros((300, 400), dtype=np.bool_)
    full[50:90, 60:120] = True
    mask = Mask.from_full(full)
    one = Damage(type=DamageType.DENT, score=0.8, box=Box(x_min=60, y_min=50, x_max=120, y_max=90), mask=mask)
    return Assessment(
        file=file,
        sha256="ab" * 32,
        size=SIZE,
        quality=Quality(
            brightness=0.5, contrast=0.2, sharpness=0.5, glare=0, short_side_px=300, usable=True, reasons=()
        ),
        verdict=verdict,
        damage_probability=0.015,
        damages=(one,) * damages,
        model=MODEL,
        advice=("Take a photo of the roof.",) if verdict is Verdict.UNCERTAIN else (),
    )


class Page(HTMLParser):
    """Tags and attributes of a page; knows whether its tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def written(path: Path, assessments: list[Assessment], failures: list[str] | None = None, expected: int = 0) -> str:
    with AssessmentReport(path / "out" / "report.html", MODEL, expected) as report:
        for one in assessments:
            report.add(one, PIXELS, draw_damages(PIXELS, one.damages, size=SIZE))
        for name in failures or []:
            report.add_failure(name, f"{name}: it is cut off")
    return (path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_page_has_all_photos_and_loads_nothing(tmp_path: Path) -> None:
    text = written(tmp_path, [assessment(verdict) for verdict in Verdict], ["broken.jpg"])
    page = Page(text)
    assert page.open == []
    assert [attrs["id"] for tag, attrs in page.tags if tag == "section" and "id" in attrs] == [
        "photo-1",
        "photo-2",
        "photo-3",
        "photo-4",
    ]
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert links == [f"#photo-{number}" for number in (1, 2, 3, 4)]
    sources = [attrs["src"] or "" for tag, attrs in page.tags if tag == "img"]
    assert len(sources) == 6
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "http" not in re.sub(r"data:image/jpeg;base64,[\w+/=]+", "", text).replace("http-equiv", "")


def test_the_page_says_what_is_claimed_and_by_which_model(tmp_path: Path) -> None:
    text = written(tmp_path, [assessment(Verdict.NONE, damages=0), assessment(Verdict.UNCERTAIN)])
    assert "miss at most 2.0" in text.replace("\n", " ")
    assert "Neither damage nor its absence is claimed" in text
    assert "Take a photo of the roof." in text
    assert "cannot see: crack" in text
    assert MODEL.digest in text


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    text = written(tmp_path, [assessment(Verdict.DAMAGED, file=HOSTILE)], [HOSTILE])
    page = Page(text)
    assert "script" not in {tag for tag, _ in page.tags}
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert text.count("{{ 7*7 }}") >= 4
    assert page.open == []
    assert text.index('class="list"') < text.index('id="photo-1"') < text.index('class="how"')


def test_names_that_are_no_unicode_can_be_shown(tmp_path: Path) -> None:
    assert printable("caf\udce9\x1b[31m.jpg") == "caf\ufffd\ufffd[31m.jpg"
    assert "caf\ufffd" in written(tmp_path, [assessment(Verdict.NONE, file="caf\udce9.jpg")])


def test_very_many_damages_are_cut_and_counted(tmp_path: Path) -> None:
    text = written(tmp_path, [assessment(Verdict.DAMAGED, damages=SHOWN_DAMAGES + 7)])
    assert "7 more with lower scores" in text
    assert text.count('class="crop"') == SHOWN_DAMAGES


def test_a_run_that_breaks_off_leaves_a_page_that_says_so(tmp_path: Path) -> None:
    def stopped() -> None:
        with AssessmentReport(tmp_path / "report.html", MODEL, 5) as report:
            report.add(assessment(Verdict.DAMAGED), PIXELS, PIXELS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "The run was stopped: 4 photos not assessed." in text
    assert Page(text).open == []
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_crop_shows_the_damage_and_its_surroundings() -> None:
    (damage,) = assessment(Verdict.DAMAGED).damages
    crop = crop_of(PIXELS, damage, size=SIZE)
    assert np.array_equal(crop, PIXELS[26:115, 36:145])


@pytest.mark.parametrize("box", [(0, 0, 0.2, 0.2), (399.9, 299.9, 400, 300), (0, 0, 400, 300)])
def test_crops_at_the_edges_are_never_empty(box: tuple[float, float, float, float]) -> None:
    x_min, y_min, x_max, y_max = box
    damage = Damage(
        type=DamageType.DENT, score=0.5, box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max), mask=None
    )
    assert min(crop_of(PIXELS, damage, size=SIZE).shape[:2]) >= 1
    assert min(crop_of(PIXELS[:1, :1], damage, size=SIZE).shape[:2]) >= 1
