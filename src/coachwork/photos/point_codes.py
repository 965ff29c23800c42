"""Recognises a photo in parts: short codes of its local points, which survive shrinking, cropping and mirroring.

A whole-picture hash (`fingerprint`) changes when a tenth of the picture is cut away; points of the rest stay what they
are. Each descriptor (SIFT, Lowe, IJCV 2004, square-rooted as in Arandjelovic and Zisserman, CVPR 2012) becomes 64
signs of learned projections (in the spirit of Hamming embedding, Jegou, Douze and Schmid, ECCV 2008). Of a
descriptor and its mirror image always the same one is coded, so that a mirrored photo has the same codes.
"""

import functools
from dataclasses import dataclass
from importlib import resources

import cv2
import numpy as np
from numpy.typing import NDArray

KEPT_POINTS = 64
"""Points of a photo that are kept for others to be compared with."""

LOOKED_UP_POINTS = 200
"""Points of a photo that is compared with those that are kept."""

DOUBTFUL_BITS = 3
WORD_BITS = 20
"""The lowest bits of a code, by which it is looked up; those nearest to changing sign are looked up both ways."""

_SIDE = 400
_CONTRAST = 0.003
_THUMBNAIL = 32
_CELLS, _A_TURN = 4, 3
"""The photo is cut into 4 x 4 cells, which give their clearest points in turns of three."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointCodes:
    """What of a photo is kept and looked up to know it again; the clearest points first.

    Attributes:
        places: (N, 2) uint16 x, y as shares of width and height, 65535 being the whole.
        codes: (N,) uint64.
        turned: (N,) bool: coded as its mirror image.
        doubtful: (N, 3) uint8: bits of the word that nearly changed sign; (0, 3) where the photo was kept.
        thumbnail: (32, 32) uint8: the whole photo in grey, whatever its shape.
    """

    places: NDArray[np.uint16]
    codes: NDArray[np.uint64]
    turned: NDArray[np.bool_]
    doubtful: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.codes)

    def to_bytes(self, most: int = KEPT_POINTS) -> bytes:
        """The clearest points and the thumbnail, as they are kept: at most 1856 bytes."""
        codes = self.codes[:most].astype("<u8")
        turned = self.turned[:most].astype(np.uint8)
        return b"".join(
            (self.thumbnail.tobytes(), codes.tobytes(), self.places[:most].astype("<u2").tobytes(), turned.tobytes())
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "PointCodes":
        """What `to_bytes` made.

        Raises:
            ValueError: it did not.
        """
        head, each = _THUMBNAIL**2, 13
        count, rest = divmod(len(data) - head, each)
        if count < 0 or rest:
            message = f"codes of points take {head} bytes and {each} for each point, got {len(data)}"
            raise ValueError(message)
        at = head + 8 * count
        return cls(
            thumbnail=np.frombuffer(data, np.uint8, head).reshape(_THUMBNAIL, _THUMBNAIL),
            codes=np.frombuffer(data, "<u8", count, head).astype(np.uint64),
            places=np.frombuffer(data, "<u2", 2 * count, at).reshape(count, 2).astype(np.uint16),
            turned=np.frombuffer(data, np.uint8, count, at + 4 * count).astype(np.bool_),
            doubtful=np.zeros((0, DOUBTFUL_BITS), dtype=np.uint8),
        )


def point_codes(pixels: NDArray[np.uint8], *, most: int = LOOKED_UP_POINTS) -> PointCodes:
    """Codes of a photo's clearest points.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at any resolution.
        most: points.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    thumbnail = cv2.resize(grey, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)
    scale = _SIDE / max(grey.shape)
    size = max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    found, descriptors = cv2.SIFT.create(nfeatures=2 * most, contrastThreshold=_CONTRAST).detectAndCompute(small, None)
    if descriptors is None:
        found, descriptors = (), np.zeros((0, 128), dtype=np.float32)
    clear = np.array([point.response * point.size**0.5 for point in found])  # large points outlast shrinking
    every = np.array([point.pt for point in found], dtype=np.float64).reshape(-1, 2)
    order = _spread(every / size, clear)[:most]
    places = every[order]
    codes, turned, doubtful = coded(np.asarray(descriptors, dtype=np.float32)[order])
    return PointCodes(
        places=np.clip(np.rint((places + 0.5) / size * 65535), 0, 65535).astype(np.uint16),
        codes=codes,
        turned=turned,
        doubtful=doubtful,
        thumbnail=np.asarray(thumbnail, dtype=np.uint8),
    )


def _spread(places: NDArray[np.float64], clear: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows in the order of how clear their points are, but no corner of the photo takes all: a stamp has many.

    Args:
        places: (N, 2) shares of width and height.
        clear: (N,) higher is clearer.
    """
    cells = np.clip(places * _CELLS, 0, _CELLS - 1).astype(np.int64) @ np.array([_CELLS, 1])
    order = np.lexsort((-clear, cells))
    starts = np.searchsorted(cells[order], cells[order])
    turns = np.empty(len(order), dtype=np.int64)
    turns[order] = (np.arange(len(order)) - starts) // _A_TURN
    return np.lexsort((-clear, turns))


def coded(descriptors: NDArray[np.float32]) -> tuple[NDArray[np.uint64], NDArray[np.bool_], NDArray[np.uint8]]:
    """Codes (N,), whether the mirror image was coded (N,), and the doubtful bits (N, 3) of descriptors (N, 128)."""
    side, projections, middles = _projections()
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1))
    turned = rooted @ side < 0
    rooted = np.where(turned[:, None], rooted[:, MIRRORED], rooted)
    values = rooted @ projections - middles
    codes = np.packbits(values > 0, axis=1, bitorder="little").view("<u8").reshape(-1).astype(np.uint64)
    doubtful = np.argsort(np.abs(values[:, :WORD_BITS]), axis=1)[:, :DOUBTFUL_BITS].astype(np.uint8)
    return codes, turned, doubtful


def _mirrored_order() -> NDArray[np.int64]:
    """Where each of the 4 x 4 cells x 8 directions of a descriptor goes when the photo is turned left to right."""
    row, column, direction = np.meshgrid(np.arange(4), np.arange(4), np.arange(8), indexing="ij")
    return (((3 - row) * 4 + column) * 8 + -direction % 8).reshape(-1)


MIRRORED = _mirrored_order()
"""Descriptor of a mirrored point = the point's descriptor in this order."""


def learned_projections(descriptors: NDArray[np.float32]) -> NDArray[np.float16]:
    """What `coded` goes by, learned from descriptors (N, 128) of photos: (130, 64), kept as ``point_codes.npy``.

    Rows: 128 of the projections, the middle of each, and the first 64 numbers of the direction that tells a point from
    its mirror image (the others follow, as it changes its sign there).

    A code's first 32 bits are signs along the 32 strongest directions in which descriptors differ, turned at random so
    that all of them carry the same; the others likewise of the 64 strongest.
    """
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1))
    both = np.concatenate([rooted, rooted[:, MIRRORED]])
    directions = np.linalg.eigh(np.cov(both.T))[1][:, ::-1]
    odd = (directions * directions[MIRRORED]).sum(axis=0) < -0.9
    side = directions[:, int(np.argmax(odd))]
    rng = np.random.default_rng(7)
    turns = [np.linalg.qr(rng.standard_normal((count, count)))[0][:, :32] for count in (32, 64)]
    projections = np.concatenate([directions[:, : len(turn)] @ turn for turn in turns], axis=1)
    turned = np.where((rooted @ side < 0)[:, None], rooted[:, MIRRORED], rooted)
    middles = np.median(turned @ projections, axis=0)
    halves = side.reshape(4, 32)[:2].reshape(-1)  # rows 0 and 1; rows 3 and 2 mirror them
    return np.concatenate([projections, middles[None], halves[None]]).astype(np.float16)


@functools.cache
def _projections() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Direction (128,) that tells a point from its mirror image, projections (128, 64) and their middles (64,)."""
    with (resources.files("coachwork.photos") / "point_codes.npy").open("rb") as file:
        learned = np.load(file, allow_pickle=False).astype(np.float32)
    side = np.zeros(128, dtype=np.float32)
    side[:64] = learned[129]
    return side - side[MIRRORED], learned[:128], learned[128]
