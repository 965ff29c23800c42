"""Height and width of a picture, named so that they cannot be swapped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """A picture's extent in pixels; both are at least 1.

    >>> Size(height=480, width=640).area
    307200
    """

    height: int
    width: int

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            message = f"a size needs at least one pixel each way, got height {self.height}, width {self.width}"
            raise ValueError(message)

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.height * self.width

    @property
    def longest(self) -> int:
        """The longer side in pixels."""
        return max(self.height, self.width)
