import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.rendering.damages import inflict
from coachwork.rendering.outlines import SILHOUETTE, WINDOWS, contains, smoothed
from coachwork.rendering.scene import Dent, PaintChip, Scratch
from coachwork.rendering.surface import Material, Surface, blank_surface


@pytest.fixture
def sheet() -> Surface:
    """1 m by 0.5 m of flat painted metal, 2 mm per texel."""
    surface = blank_surface(left=1.0, top=1.0, width=1.0, height=0.5, texel=0.002)
    surface.sheet[:] = 1
    surface.body[:] = 1
    return surface


def test_places_and_texels_agree(sheet: Surface) -> None:
    assert sheet.x.shape == (250, 500)
    assert sheet.columns(sheet.x)[7] == pytest.approx(np.arange(500), abs=1e-2)
    assert sheet.rows(sheet.y)[:, 7] == pytest.approx(np.arange(250), abs=1e-2)


def test_distance_into_a_square_is_right(sheet: Surface) -> None:
    square = np.array([[1.2, 0.6], [1.6, 0.6], [1.6, 0.9], [1.2, 0.9]])
    inside = sheet.within(square)
    row, column = round((1.0 - 0.75) / 0.002), round((1.25 - 1.0) / 0.002)
    assert inside[row, column] == pytest.approx(0.05, abs=0.003)
    assert inside[row, 20] == pytest.approx(-0.16, abs=0.003)


def test_rounding_takes_the_corners_only(sheet: Surface) -> None:
    square = np.array([[1.2, 0.6], [1.6, 0.6], [1.6, 0.9], [1.2, 0.9]])
    sharp, rounded = sheet.within(square) > 0, sheet.rounded(square, 0.04) > 0
    lost = np.count_nonzero(sharp & ~rounded) * 0.002**2
    assert lost == pytest.approx((4 - np.pi) * 0.04**2, rel=0.25)
    assert np.count_nonzero(rounded & ~sharp) < 0.01 * np.count_nonzero(sharp)


def test_a_coat_covers_only_its_share(sheet: Surface) -> None:
    share = np.zeros_like(sheet.x)
    share[10:20, 30:40] = 1
    sheet.coat_with(share, Material(colour=(0.1, 0.2, 0.3), metal=0.5, coat=0.6, rough=0.7))
    assert sheet.colour[15, 35] == pytest.approx([0.1, 0.2, 0.3])
    assert sheet.rough[15, 35] == pytest.approx(0.7)
    assert sheet.colour[0, 0] == pytest.approx([0.5, 0.5, 0.5])
    assert sheet.rough[25, 35] == 0


def test_a_part_shares_its_arrays_with_the_whole(sheet: Surface) -> None:
    part = sheet.around([(1.5, 0.75)], 0.05)
    part.height += 1
    part.coat_with(np.ones_like(part.x), Material(colour=(0, 0, 0)))
    rows, columns = sheet.span([(1.5, 0.75)], 0.05)
    assert sheet.x[rows, columns] == pytest.approx(part.x)
    assert part.columns(part.x)[0, 0] == pytest.approx(0, abs=1e-2)
    assert np.all(sheet.height[rows, columns] > 1)
    assert np.count_nonzero(sheet.height > 1) == part.x.size
    assert np.all(sheet.colour[rows, columns] == 0)


def test_a_dent_moves_the_sheet_inwards_by_its_depth_and_only_nearby(sheet: Surface) -> None:
    flat = sheet.height.copy()
    cover = inflict(sheet, Dent(centre=(1.5, 0.75), radii=(0.12, 0.08), depth=0.02, seed=2))
    moved = flat - sheet.height
    assert 0.7 * 0.02 < moved.max() < 1.3 * 0.02
    assert np.all(moved[:, :60] == 0)
    assert np.all(np.abs(moved[cover < 0.5]) <= 0.0015 + 1e-5)
    assert np.all(cover[moved > 0.0016] == 1)


@settings(deadline=None, max_examples=25)
@given(x=st.floats(-3, 6), y=st.floats(-3, 3), seed=st.integers(0, 5))
def test_damages_anywhere_leave_a_valid_surface(x: float, y: float, seed: int) -> None:
    surface = blank_surface(left=1.0, top=1.0, width=0.4, height=0.3, texel=0.01)
    surface.sheet[:] = 1
    for damage in (
        Dent(centre=(x, y), radii=(0.2, 0.1), depth=0.02, crumple=1.0, seed=seed),
        Scratch(points=((x, y), (x + 0.3, y)), strands=3, spread=0.05, seed=seed),
        PaintChip(centre=(x, y), radius=0.02, seed=seed),
    ):
        cover = inflict(surface, damage)
        assert cover.shape == surface.x.shape
        assert 0 <= cover.min() <= cover.max() <= 1
    assert np.isfinite(surface.height).all()
    assert 0 <= surface.colour.min() <= surface.colour.max() <= 1


def test_a_scratch_covers_its_length_times_its_width(sheet: Surface) -> None:
    cover = inflict(sheet, Scratch(points=((1.2, 0.75), (1.8, 0.75)), width=0.01, depth=0.9, seed=1))
    area = np.count_nonzero(cover > 0.5) * 0.002**2
    assert area == pytest.approx(0.6 * 0.01, rel=0.35)


def test_windows_lie_within_the_silhouette_and_smoothing_stays_inside_the_hull() -> None:
    outline = [(float(x), float(y)) for x, y in smoothed(SILHOUETTE)]
    assert all(contains(outline, point) for point in WINDOWS)
    open_line = smoothed(((0, 0), (1, 1), (2, 0)), closed=False)
    assert open_line[0].tolist() == [0, 0]
    assert open_line[-1].tolist() == [2, 0]
    assert open_line[:, 1].max() < 1
