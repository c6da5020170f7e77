"""Models: loaded once, called for each picture."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from sinew import _sinew
from sinew._errors import Incompatible, InvalidArgument, Unsupported
from sinew._options import encode_paths, log_line, to_size
from sinew._people import People
from sinew._picture import is_path, to_array
from sinew._sinew import Session

if TYPE_CHECKING:
    from typing import Unpack

    from sinew._options import DecodeOptions, ResolutionLike
    from sinew._picture import PictureLike

_MOST_ESTIMATORS = 4  # of a resolution that follows the pictures' shapes


class Maps(NamedTuple):
    """The network's maps of a picture: float32, a cell every `stride` pixels of the network's input."""

    heat_maps: np.ndarray
    """(height, width, keypoints): where each keypoint may be."""
    background: np.ndarray | None
    """(height, width): where nobody is; None where the network does not say."""
    fields: np.ndarray
    """(height, width, 2 * limbs): part affinity fields."""
    array: np.ndarray
    """All of them, (height, width, channels), in this order; the others are views of it."""


class Model:
    """A compiled model with its options: call it with a picture, and it returns the people.

    Made by `load`. Calls from several threads are safe, and take turns; `copy(threads=1)` for each thread lets them work
    side by side, sharing the weights. It can be pickled, and used after a fork: weights stay mapped from the file, and
    are shared between processes. A context manager, which closes it.
    """

    def __init__(self, request: dict[str, Any], options: dict[str, Any], handle: _sinew.Model | None = None) -> None:
        self._request, self._options = request, options
        self._model: _sinew.Model | None = handle
        self._estimators: OrderedDict[tuple[int, int], _sinew.Estimator] = OrderedDict()
        if handle is None:
            self._model, request["resolution"] = self._load(request["resolution"])
        self._skeleton = self._model.skeleton
        if not self._follows_pictures and self._skeleton is not None:
            self._estimator(*request["resolution"])  # what is wrong with the options shows now

    # What it is

    @property
    def name(self) -> str:
        """What it was compiled as."""
        return self._handle.name

    @property
    def source(self) -> str:
        """What it was loaded from: a path, or a name of the zoo."""
        return self._request["model"]

    @property
    def resolution(self) -> tuple[int, int]:
        """Width and height of the network's input; -1 for a side that follows the pictures."""
        return self._request["resolution"]

    @property
    def target(self) -> str:
        """The instruction set that it is compiled for: "avx2", ..."""
        return self._handle.target

    @property
    def weight_bytes(self) -> int:
        return self._handle.weight_bytes

    @property
    def weights_hash(self) -> str:
        """Of the packed weights: which model it is."""
        return self._handle.weights_hash

    @property
    def skeleton(self) -> _sinew.Skeleton:
        """Names, limbs and colours of the keypoints."""
        if self._handle and self._skeleton is None:
            raise Unsupported(f"{self.source}: is not known to be a pose network, so that it has no skeleton")
        return self._skeleton

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keypoints, in their order."""
        return self.skeleton.keypoints

    @property
    def options(self) -> dict[str, Any]:
        """Those that it was loaded with."""
        return dict(self._options)

    @property
    def closed(self) -> bool:
        return self._model is None

    def __repr__(self) -> str:
        if self.closed:
            return f"<Model {self.source}, closed>"
        width, height = self.resolution
        return f"<Model {self.name} {width}x{height} for {self.target}>"

    # What it does

    def __call__(
        self, picture: PictureLike, *, rgb: bool = False, maps: bool = False, candidates: bool = False
    ) -> People:
        """Finds the people in a picture: an array, a path, encoded bytes, or a picture of PIL's.

        Arrays are bytes of (height, width, 3), (height, width, 1) or (height, width), with any strides, in the order B,
        G, R unless `rgb`. Keypoints are pixels of the picture. `maps` keeps the network's maps as `People.maps`,
        `candidates` all peaks of each keypoint, in people or not, as `People.candidates`.
        """
        skeleton = self.skeleton
        array, is_rgb = to_array(picture, rgb)
        shape = array.shape[:2] if array.ndim >= 2 else (0, 0)
        estimator = self._estimator_for(shape[1], shape[0])
        keypoints, scores, times, channels, peaks = estimator.estimate(array, is_rgb, maps, candidates)
        people = People(
            keypoints,
            scores,
            skeleton,
            source=os.fspath(picture) if is_path(picture) else "",
            width=shape[1],
            height=shape[0],
            maps=None if channels is None else self._split(channels),
            candidates=peaks,
            times=dict(zip(("resize", "network", "decode"), times)),
        )
        if not is_path(picture):
            people._remember(picture, rgb)
        return people

    def maps(self, picture: PictureLike, *, rgb: bool = False) -> Maps:
        """The network's maps of a picture."""
        return self(picture, rgb=rgb, maps=True).maps

    def session(self, *, resolution: ResolutionLike | None = None, threads: int | None = None) -> Session:
        """The network alone: `session.run(array)` on raw tensors."""
        handle, size = self._handle, self.resolution
        if resolution is not None or self._follows_pictures:
            handle, size = self._load(to_size(resolution))
        device = {name: self._options[name] for name in ("device", "precision")}
        return Session(handle, size, self._options["threads"] if threads is None else threads, device)

    def copy(self, **changes: Any) -> Model:
        """Another one with the same weights, for another thread or with other options: `model.copy(smoothing=5)`."""
        options = {**self._options, **changes}
        request = dict(self._request)
        if "resolution" in options:
            request["resolution"] = to_size(options.pop("resolution"))
        same = request["resolution"] == self.resolution and all(
            options[key] == self._options[key] for key in ("scale_number", "scale_gap", *SOURCE_OPTIONS)
        )
        return Model(request, options, self._handle if same and not self._follows_pictures else None)

    def close(self) -> None:
        """Gives back memory and threads; calls fail from now on."""
        self._model = None
        self._estimators.clear()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (dict(self._request), self._options, self.weights_hash)

    # How

    @property
    def _handle(self) -> _sinew.Model:
        if self._model is None:
            raise InvalidArgument(f"{self.source}: the model was closed")
        return self._model

    def _reveal(self) -> tuple[str, tuple[int, int], dict[str, Any]]:
        """What others need to make another one like it: source, resolution, options. Not of one that was closed."""
        _ = self._handle  # an error where it was closed
        return self.source, self.resolution, self.options

    @property
    def _follows_pictures(self) -> bool:
        return -1 in self._request["resolution"]

    def _load(self, size: tuple[int, int]) -> tuple[_sinew.Model, tuple[int, int]]:
        """The model for a resolution; one that follows the pictures is loaded for the model's own, to be asked."""
        follows = -1 in size
        sizes = [] if follows or size == (0, 0) else self._scales(size)
        source = encode_paths({name: self._options[name] for name in SOURCE_OPTIONS})
        model, loaded, _ = _sinew.load(os.fsencode(self.source), sizes, source, log_line)
        if not sizes and not follows and self._options["scale_number"] > 1:
            model, loaded, _ = _sinew.load(os.fsencode(self.source), self._scales(loaded), source, log_line)
        return model, size if follows else loaded

    def _scales(self, size: tuple[int, int]) -> list[tuple[int, int]]:
        return _sinew.make_scales(size, self._options["scale_number"], self._options["scale_gap"])

    def _estimator_for(self, width: int, height: int) -> _sinew.Estimator:
        if not self._follows_pictures:
            return self._estimator(*self.resolution)
        return self._estimator(*_sinew.fit_resolution(self._handle, self.resolution, width, height))

    def _estimator(self, width: int, height: int) -> _sinew.Estimator:
        estimator = self._estimators.get((width, height))
        if estimator is None:
            handle = self._load((width, height))[0] if self._follows_pictures else self._handle
            options = {key: value for key, value in self._options.items() if key not in _OWN_OPTIONS}
            estimator = _sinew.Estimator(handle, self._scales((width, height)), self._options["threads"], options)
            self._estimators[width, height] = estimator
            while len(self._estimators) > _MOST_ESTIMATORS:
                self._estimators.popitem(last=False)
        return estimator

    def _split(self, array: np.ndarray) -> Maps:
        keypoints, first_field, _ = self._handle.map_channels
        background = array[..., keypoints] if first_field > keypoints else None
        return Maps(array[..., :keypoints], background, array[..., first_field:], array)


# Options of loading, and those that the estimator does not take.
SOURCE_OPTIONS = ("device", "precision", "skeleton", "prototxt")
_OWN_OPTIONS = {"threads", "scale_number", "scale_gap", "skeleton", "prototxt"}


def load(
    model: str | os.PathLike,
    resolution: ResolutionLike | None = None,
    *,
    threads: int = 0,
    device: str = "cpu",
    precision: str = "auto",
    fit: Literal["stretch", "pad"] | None = None,
    scale_number: int = 1,
    scale_gap: float = 0.25,
    flip_average: bool = False,
    skeleton: str | os.PathLike | None = None,
    prototxt: str | os.PathLike | None = None,
    **decode: Unpack[DecodeOptions],
) -> Model:
    """Loads a model: a name of the zoo, a graph, or a compiled model (.sinew).

    A name or a graph is compiled on first use, and kept in ${XDG_CACHE_HOME:-~/.cache}/sinew; the logger "sinew" tells.

    resolution    the network's input, "656x368" or (656, 368); -1 as one side follows each picture's shape, "-1x368";
                  by default the model's own
    threads       of the network; 0: as many as the process may use processors
    device        "cpu"; "cuda", the first GPU, "cuda:1", ...; "auto", a GPU where one can be used
    precision     "fp32", "bf16", "int8", on GPUs "tf32" and "fp16"; "auto": the fastest within a relative error of 1e-3. On
                  a CPU it is what a name or a graph is compiled with; a compiled model has its own
    fit           "stretch" fills the network's input, "pad" keeps the picture's shape, with black around it; by default
                  the first, with compat="openpose" the second
    scale_number  the network runs at so many scales, and their maps are averaged
    scale_gap     the difference between these scales, as a share of the largest
    flip_average  the network sees each picture mirrored, too, and the maps are averaged: twice the time, steadier people
    skeleton      the file that says what the numbers of a network of your own mean: `sinew model describe` prints one
    prototxt      the network of a .caffemodel, where it does not lie beside it
    decode        threshold, paf_threshold, min_score, min_parts, max_people, max_peaks, resize_out_ratio, smoothing,
                  refine, compat: see `sinew run --help`
    """
    source = os.fspath(model)
    if isinstance(source, bytes):
        source = os.fsdecode(source)
    # For pickles, and wherever the process goes.
    if os.path.exists(source):
        source = os.path.abspath(source)
    beside = {"skeleton": skeleton, "prototxt": prototxt}
    options = {
        "threads": threads,
        "device": device,
        "precision": precision,
        "scale_number": scale_number,
        "scale_gap": scale_gap,
        "flip_average": flip_average,
        **{name: None if path is None else Path(os.path.abspath(os.fsdecode(path))) for name, path in beside.items()},
        **decode,
    }
    if fit is not None:
        options["fit"] = fit
    return Model({"model": source, "resolution": to_size(resolution)}, options)


def _unpickle(request: dict[str, Any], options: dict[str, Any], weights_hash: str) -> Model:
    model = Model(request, options)
    if model.weights_hash != weights_hash:
        raise Incompatible(f"{model.source}: is another model than the one that was pickled")
    return model
