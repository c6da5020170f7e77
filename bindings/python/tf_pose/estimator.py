"""The estimator: a picture in, people out, exactly those that tf-pose-estimation finds."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np

import sinew
from sinew import _sinew
from tf_pose.common import CocoPairsRender
from tf_pose.human import BodyPart, Human

__all__ = ["BodyPart", "Human", "TfPoseEstimator"]

logger = logging.getLogger("TfPoseEstimator")
logger.setLevel(logging.INFO)

_STRIDE = 8  # network-input pixels a cell of the maps
_MOST_MODELS = 4  # of pictures that are not resized


class TfPoseEstimator:
    """A network with its decoder.

    graph_path   a graph, a compiled model, or a name of the zoo
    target_size  width and height of the network's input
    tf_config    TensorFlow's session options, which have no effect here
    trt_bool     TensorRT, likewise
    smoothing    taps of the Gaussian that smooths the heat maps: 25 in tf-pose-estimation
    threads      of the network; 0: one a processor
    """

    def __init__(
        self,
        graph_path: str,
        target_size: tuple[int, int] = (320, 240),
        tf_config: Any = None,
        trt_bool: bool = False,
        *,
        smoothing: int = 25,
        threads: int = 0,
    ) -> None:
        self.graph_path = graph_path
        self.target_size = tuple(target_size)
        self.smoothing, self.threads = smoothing, threads
        self._models: dict[tuple[Any, ...], sinew.Model] = {}
        self._maps: sinew.Maps | None = None
        self._map_size = (0, 0)
        self._model(self.target_size, 4.0)  # what is wrong shows now

    def inference(self, npimg: np.ndarray, resize_to_default: bool = True, upsample_size: float = 1.0) -> list[Human]:
        """Finds the people in a picture, B, G, R.

        resize_to_default  to the target size; otherwise the network looks at the picture as it is
        upsample_size      pixels of the upsampled maps per cell of the network's maps: 4.0 in its examples
        """
        if npimg is None:
            raise Exception("The image is not valid. Please check your image exists.")
        height, width = npimg.shape[:2]
        size = self.target_size if resize_to_default else (width, height)
        people = self._model(size, upsample_size)(npimg, maps=True)
        self._maps = people.maps
        self._map_size = (int(size[1] / _STRIDE * upsample_size), int(size[0] / _STRIDE * upsample_size))
        return [_to_human(index, person, width, height) for index, person in enumerate(people)]

    @property
    def heatMat(self) -> np.ndarray | None:  # noqa: N802, tf-pose-estimation's name
        """Heat maps of the last picture, upsampled: 18 keypoints and the background."""
        return None if self._maps is None else _upsampled(self._maps.array[..., :19], self._map_size)

    @property
    def pafMat(self) -> np.ndarray | None:  # noqa: N802, tf-pose-estimation's name
        """Part affinity fields of the last picture, upsampled."""
        return None if self._maps is None else _upsampled(self._maps.fields, self._map_size)

    @staticmethod
    def draw_humans(npimg: np.ndarray, humans: list[Human], imgcopy: bool = False) -> np.ndarray:
        """Draws people on the picture, or on a copy of it, and returns that. It may have values of any type, 0 to 255."""
        canvas = np.copy(npimg) if imgcopy else npimg
        height, width = canvas.shape[:2]
        keypoints = np.stack([human._pixels(width, height) for human in humans]) if humans else np.zeros((0, 18, 3))
        scores = np.array([human.score for human in humans], np.float32)
        people = sinew.People(keypoints, scores, _sinew.coco18(), width=width, height=height)
        plain = canvas if canvas.dtype == np.uint8 else np.clip(canvas, 0, 255).astype(np.uint8)
        drawn = people.draw(plain)
        changed = (drawn != plain).any(axis=2)
        canvas[changed] = drawn[changed]
        return canvas

    def profile(self, picture: Any = None, repeats: int = 10, depth: int = 0, quiet: bool = False) -> sinew.Profile:
        """Where the time goes, by scope: of the network, or with a picture's path of its whole way. Printed unless quiet."""
        profile = sinew.profile(
            self.graph_path,
            () if picture is None else picture,
            resolution=self.target_size,
            threads=self.threads,
            repeats=repeats,
            smoothing=self.smoothing,
        )
        if not quiet:
            print(profile.to_text(depth=depth))
        return profile

    def _model(self, size: tuple[int, int], upsample_size: float) -> sinew.Model:
        key = (*size, upsample_size)
        if key not in self._models:
            if len(self._models) >= _MOST_MODELS:
                self._models.pop(next(iter(self._models))).close()
            self._models[key] = sinew.load(
                self.graph_path, size, threads=self.threads, compat="tf-pose", resize_out_ratio=upsample_size,
                smoothing=self.smoothing,
            )
        return self._models[key]


def _to_human(index: int, person: sinew.Person, width: int, height: int) -> Human:
    human = Human([])
    human.score = person.score
    # What was found may have a score below 0 here.
    for part in np.flatnonzero(person.keypoints.any(axis=1)).tolist():
        x, y, score = (float(value) for value in person.keypoints[part])
        uidx = f"{index}-{part}"
        human.uidx_list.add(uidx)
        human.body_parts[part] = BodyPart(uidx, part, x / width, y / height, score)
    human.pairs = [pair for pair in CocoPairsRender if set(pair) <= human.body_parts.keys()]
    return human


def _upsampled(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """As TensorFlow's resize_area has it: each pixel is the mean of the cells that its area covers."""

    def weights(length: int, cells: int) -> np.ndarray:
        scale = cells / length
        table = np.zeros((length, cells), np.float32)
        for i in range(length):
            begin, end = i * scale, (i + 1) * scale
            for cell in range(math.floor(begin), min(cells, math.ceil(end))):
                table[i, cell] = (min(end, cell + 1) - max(begin, cell)) / scale
        return table

    down, across = weights(size[0], maps.shape[0]), weights(size[1], maps.shape[1])
    return np.einsum("yh,hwc,xw->yxc", down, maps, across, optimize=True)
