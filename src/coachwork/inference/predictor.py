"""From a photo to detections with one bundle."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.car_evidence import CarEvidence
from coachwork.detections import Detections
from coachwork.inference.bundle import Bundle, BundleError
from coachwork.inference.decoding import Outputs, decode
from coachwork.inference.session import Session
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import Photo


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawPrediction:
    """A model's outputs for one photo, to be decoded as often as wanted.

    Attributes:
        outputs: name -> array.
        letterbox: how the photo was put into the model's input.
    """

    outputs: Outputs
    letterbox: Letterbox


class Predictor:
    """Finds damages on photos with one bundle; the model is loaded at the first photo."""

    def __init__(self, bundle: Bundle, *, threads: int | None = None) -> None:
        self.bundle = bundle
        self._session = Session(bundle, threads=threads)

    @property
    def threads(self) -> int:
        """That the model uses for one photo."""
        return self._session.threads

    def predict(self, photo: Photo, *, min_score: float | NDArray[np.floating]) -> Detections:
        """Detections in pixels of the upright photo, best first.

        Args:
            photo: full size or reduced.
            min_score: detections below it are left out; one number, or (C,) one per type of the card.

        Raises:
            BundleError: the model cannot be run, or does not do what its card says.
        """
        return self.decoded(self.raw(photo), min_score=min_score)

    def raw(self, photo: Photo) -> RawPrediction:
        """The model's outputs for a photo.

        Raises:
            BundleError: the model cannot be loaded or run.
        """
        letterbox = Letterbox(photo=photo.size, target=self.bundle.card.input_size)
        return RawPrediction(outputs=self._session.run(letterbox.apply(photo.pixels)), letterbox=letterbox)

    def embedding(self, raw: RawPrediction) -> NDArray[np.float32] | None:
        """What the photo looks like to the model: (E,) float32 of length 1; None where the model does not say.

        Photos that look alike, in what matters for damages, have a large dot product.
        """
        if "embedding" not in raw.outputs:
            return None
        values = np.asarray(raw.outputs["embedding"], dtype=np.float32).reshape(-1)
        return values / max(float(np.linalg.norm(values)), 1e-12)

    def car_evidence(self, raw: RawPrediction) -> CarEvidence | None:
        """How unlike the photos of cars that the card knows the photo is; None where it cannot be told.

        Raises:
            BundleError: the embedding is not what the card says.
        """
        known, look = self.bundle.card.familiarity, self.embedding(raw)
        if known is None or look is None:
            return None
        try:
            distance = known.distance(look)
        except ValueError as contradiction:
            raise BundleError(folder=self.bundle.folder, why=str(contradiction)) from contradiction
        return CarEvidence(distance=distance, limit=known.limit, doubt_limit=known.doubt_limit)

    def decoded(
        self, raw: RawPrediction, *, min_score: float | NDArray[np.floating], with_masks: bool = True
    ) -> Detections:
        """Detections from a model's outputs; `with_masks` False leaves masks undrawn, which is faster.

        Raises:
            BundleError: the outputs contradict the card.
        """
        card = self.bundle.card
        try:
            return decode(
                raw.outputs,
                rule=card.decoding,
                letterbox=raw.letterbox,
                types=card.types,
                min_score=min_score,
                with_masks=with_masks,
            )
        except ValueError as contradiction:
            raise BundleError(folder=self.bundle.folder, why=str(contradiction)) from contradiction
