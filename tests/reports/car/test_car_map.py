import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from coachwork.reports.car.car_map import CarMap, PartState, draw_car_map
from coachwork.reports.car.map_outlines import HEIGHT, WIDTH, MapBody, mirrored, outlines
from coachwork.taxonomy import CarPart

REARS = {
    MapBody.BOOT: {CarPart.BOOT_LID},
    MapBody.TAILGATE: {CarPart.TAILGATE_OR_LOAD_BED},
}


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("body", MapBody)
def test_every_part_but_the_other_rear_is_drawn(body: MapBody) -> None:
    missing = set(CarPart) - set(outlines(body)) - {CarPart.WHEEL}
    assert missing == set().union(*REARS.values()) - REARS[body]


@pytest.mark.parametrize("body", MapBody)
def test_outlines_are_closed_and_lie_on_the_map(body: MapBody) -> None:
    for part, outline in outlines(body).items():
        assert outline.path.startswith("M"), part
        assert outline.path.endswith("Z"), part
        assert 0 < outline.x < WIDTH
        assert 0 < outline.y < HEIGHT
        ends = re.findall(r"[MLQ][^MLQAZ]*?(-?[\d.]+) (-?[\d.]+) *(?=[MLQAZ])", outline.path)
        assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in ends), part


def test_the_right_side_mirrors_the_left_one() -> None:
    parts = outlines(MapBody.BOOT)
    for part, outline in parts.items():
        if part.mirrored is not part:
            assert parts[part.mirrored].y == HEIGHT - outline.y
            assert mirrored(mirrored(outline.path)) == mirrored(parts[part.mirrored].path)


def test_a_map_of_nothing_is_drawn_as_untold() -> None:
    svg = draw_car_map(CarMap(states={}, numbers={}))
    assert "no damaged part" in svg
    assert PartState.UNTOLD.words in texts(svg)
    assert PartState.SEVERE.words not in texts(svg)


def test_numbers_stand_on_their_parts_and_too_many_are_counted() -> None:
    car = CarMap(
        states={CarPart.BONNET: PartState.SEVERE},
        numbers={CarPart.BONNET: range(1, 13), CarPart.LEFT_SILL: [20], CarPart.WHEEL: [30], CarPart.BOOT_LID: [31]},
        body=MapBody.TAILGATE,
    )
    told = texts(draw_car_map(car))
    assert {"1", "7", "+5", "20"} <= set(told)
    assert not {"8", "30", "31"} & set(told)
    assert car.placed == {*range(1, 13), 20}


def test_possible_damages_are_drawn_hollow() -> None:
    def badge(possible: frozenset[int]) -> str:
        numbers = {CarPart.ROOF: [1]}
        return draw_car_map(CarMap(states={}, numbers=numbers, possible=possible))

    assert badge(frozenset()) != badge(frozenset({1}))
    assert 'fill="#fff" stroke="#2b333b"' in badge(frozenset({1}))


def test_the_legend_tells_what_is_drawn_and_no_more() -> None:
    states = dict.fromkeys(CarPart, PartState.WELL) | {CarPart.ROOF: PartState.NOT}
    legend = set(texts(draw_car_map(CarMap(states=states, numbers={})))) & {state.words for state in PartState}
    assert legend == {PartState.WELL.words, PartState.NOT.words}


def test_severities_are_told_apart_in_grey() -> None:
    def grey(state: PartState) -> float:
        found = re.search(
            r'<path d="M96 152[^>]*fill="#(\w{6})"', draw_car_map(CarMap(states={CarPart.BONNET: state}, numbers={}))
        )
        assert found
        red, green, blue = (int(found[1][at : at + 2], 16) for at in (0, 2, 4))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = [grey(state) for state in (PartState.SEVERE, PartState.MODERATE, PartState.MINOR, PartState.WELL)]
    assert shades == sorted(shades)
    assert min(after - before for before, after in itertools.pairwise(shades)) > 20
