"""Keypoints, limbs and colours by their numbers; reading pictures."""

from __future__ import annotations

import enum
import os
from typing import Any

import numpy as np

import sinew
from sinew import _sinew


class CocoPart(enum.Enum):
    """The keypoints, and the background."""

    Nose = 0
    Neck = 1
    RShoulder = 2
    RElbow = 3
    RWrist = 4
    LShoulder = 5
    LElbow = 6
    LWrist = 7
    RHip = 8
    RKnee = 9
    RAnkle = 10
    LHip = 11
    LKnee = 12
    LAnkle = 13
    REye = 14
    LEye = 15
    REar = 16
    LEar = 17
    Background = 18


_skeleton = _sinew.coco18()

CocoPairs = list(_skeleton.joins)
"""Limbs, as pairs of keypoints: the last two join people, and are not drawn."""
CocoPairsRender = CocoPairs[:-2]
CocoColors = [list(color) for color in _skeleton.colors]


def read_imgfile(path: str, width: int | None = None, height: int | None = None) -> np.ndarray | None:
    """The picture, B, G, R; resized where both sides are given; None where it cannot be read."""
    try:
        picture = sinew.read_picture(path)
    except sinew.Error:
        return None
    return resized(picture, width, height) if width is not None and height is not None else picture


def resized(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """By bilinear interpolation between pixel centres."""

    def axis(length: int, old: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        position = np.clip((np.arange(length) + 0.5) * old / length - 0.5, 0, old - 1)
        first = np.floor(position).astype(int)
        return first, np.minimum(first + 1, old - 1), (position - first).astype(np.float32)

    top, bottom, down = axis(height, picture.shape[0])
    left, right, across = axis(width, picture.shape[1])
    across, down = across[None, :, None], down[:, None, None]
    upper = picture[top][:, left] * (1 - across) + picture[top][:, right] * across
    lower = picture[bottom][:, left] * (1 - across) + picture[bottom][:, right] * across
    return np.rint(upper * (1 - down) + lower * down).astype(np.uint8)


def get_sample_images(w: int, h: int, folder: str = "./images") -> list[np.ndarray]:
    """The pictures of a folder, in the order of their names, resized."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    pictures = (read_imgfile(os.path.join(folder, name), w, h) for name in names)
    return [picture for picture in pictures if picture is not None]


def to_str(s: Any) -> str:
    """Text of bytes, or of text."""
    return s.decode("utf-8") if isinstance(s, bytes) else s
