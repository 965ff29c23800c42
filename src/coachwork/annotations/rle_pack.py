"""Run lengths as Label Studio's brush packs them: thi.ng's rle-pack over the pixels' red, green, blue and alpha.

The form (https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack), most significant bit first: 32 bits with
the number of words, 5 with a word's size less 1, four times 4 with the size of a count less 1; then for each run 1 bit
(1: one word, repeated; 0: so many words), 2 bits that choose the count's size, the count less 1, and the words.
"""

import numpy as np
from numpy.typing import NDArray

CHANNELS = 4
COUNT_SIZES = (3, 4, 8, 16)
"""Sizes of counts that Label Studio writes, bits."""


def unpack_mask(packed: bytes, height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width) bool whose alpha is set; before anything is decoded, the count of words is checked.

    Raises:
        ValueError: the runs break off, or are for another number of pixels.
    """
    words = unpack(packed, limit=height * width * CHANNELS)
    if len(words) != height * width * CHANNELS:
        message = f"the brush covers {len(words) / CHANNELS:g} pixels, the picture has {height * width}"
        raise ValueError(message)
    return np.asarray(words.reshape(height, width, CHANNELS)[:, :, CHANNELS - 1] > 0)


def pack_mask(mask: NDArray[np.bool_]) -> bytes:
    """A mask (H, W) bool as Label Studio's converter packs it: all four channels 255 where it covers, else 0."""
    flat = mask.reshape(-1)
    edges = np.flatnonzero(
        np.diff(flat, prepend=~flat[:1] if flat.size else flat, append=~flat[-1:] if flat.size else flat)
    )
    runs = [
        (int(count) * CHANNELS, 255 * int(flat[start])) for start, count in zip(edges[:-1], np.diff(edges), strict=True)
    ]
    return pack(runs)


def unpack(packed: bytes, *, limit: int) -> NDArray[np.uint8]:
    """The words (N,) uint8 of packed runs.

    Args:
        packed: the runs.
        limit: more words than this are refused before they take memory.

    Raises:
        ValueError: the runs break off, the words are larger than a byte, or there are too many.
    """
    bits = _Bits(packed)
    count = bits.take(32)
    word_size = bits.take(5) + 1
    sizes = [bits.take(4) + 1 for _ in range(4)]
    if count > limit or word_size > 8:
        message = f"the brush has {count} words of {word_size} bits, the picture at most {limit} of 8"
        raise ValueError(message)
    words = np.zeros(count, dtype=np.uint8)
    done = 0
    while done < count:
        repeats = bits.take(1)
        run = bits.take(sizes[bits.take(2)]) + 1
        if run > count - done:
            message = "a run of the brush goes on behind the picture's end"
            raise ValueError(message)
        words[done : done + run] = bits.take(word_size) if repeats else bits.take_words(run, word_size)
        done += run
    return words


def pack(runs: list[tuple[int, int]]) -> bytes:
    """Packs runs of words of a byte, each its length and value; runs longer than a count can say are split."""
    longest = 1 << COUNT_SIZES[-1]
    pieces = [f"{sum(length for length, _ in runs):032b}{7:05b}", *(f"{size - 1:04b}" for size in COUNT_SIZES)]
    for length, value in runs:
        for start in range(0, length, longest):
            less = min(longest, length - start) - 1
            kind = next(index for index, size in enumerate(COUNT_SIZES) if less < 1 << size)
            pieces.append(f"1{kind:02b}{less:0{COUNT_SIZES[kind]}b}{value:08b}")
    text = "".join(pieces)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


class _Bits:
    """Reads numbers of some bits from bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, size: int) -> int:
        """The next number of up to 32 bits."""
        first, end = self._place, self._move(size)
        window = int.from_bytes(self._data[first >> 3 : (end + 7) >> 3], "big")
        return (window >> (-end % 8)) & ((1 << size) - 1)

    def take_words(self, count: int, size: int) -> NDArray[np.uint8]:
        """The next `count` numbers of `size` bits, up to 8 each."""
        first, end = self._place, self._move(count * size)
        raw = np.frombuffer(self._data, dtype=np.uint8, offset=first >> 3, count=((end + 7) >> 3) - (first >> 3))
        bits = np.unpackbits(raw)[first % 8 : first % 8 + count * size].reshape(count, size)
        return np.asarray(bits @ (1 << np.arange(size - 1, -1, -1)), dtype=np.uint8)

    def _move(self, size: int) -> int:
        self._place += size
        if self._place > 8 * len(self._data):
            message = "the brush's runs break off"
            raise ValueError(message)
        return self._place
