"""Where the bytes of photos are kept: the port that a store of photos fills."""

from typing import Protocol


class PhotoBytes(Protocol):
    """Keeps bytes under the tenant and their digest; what `put` returned from is durable."""

    def put(self, tenant: str, sha256: str, data: bytes) -> None:
        """Keeps bytes; a second time does nothing."""

    def get(self, tenant: str, sha256: str) -> bytes:
        """The bytes, unchanged.

        Raises:
            PhotoLost: they are not there, or are not what they were.
        """

    def drop(self, tenant: str, sha256: str) -> None:
        """Forgets bytes; nothing happens where there are none."""

    def answers(self) -> bool:
        """Whether it can keep something at this moment."""
