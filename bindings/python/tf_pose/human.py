"""People as tf-pose-estimation has them: parts by number, in fractions of the picture."""

from __future__ import annotations

import numpy as np

from sinew import _sinew
from tf_pose.common import CocoPart

_skeleton = _sinew.coco18()


class BodyPart:
    """One keypoint of one person."""

    __slots__ = ("part_idx", "score", "uidx", "x", "y")

    def __init__(self, uidx: str, part_idx: int, x: float, y: float, score: float) -> None:
        self.uidx = uidx
        self.part_idx = part_idx
        self.x, self.y = x, y
        """Fractions of the picture's width and height."""
        self.score = score

    def get_part_name(self) -> CocoPart:
        return CocoPart(self.part_idx)

    def __str__(self) -> str:
        return f"BodyPart:{self.part_idx}-({self.x:.2f}, {self.y:.2f}) score={self.score:.2f}"

    __repr__ = __str__


class Human:
    """One person."""

    __slots__ = ("body_parts", "pairs", "score", "uidx_list")

    def __init__(self, pairs: list[tuple[int, int]]) -> None:
        self.pairs = pairs
        """The limbs both of whose ends were found."""
        self.uidx_list: set[str] = set()
        self.body_parts: dict[int, BodyPart] = {}
        self.score = 0.0

    def part_count(self) -> int:
        return len(self.body_parts)

    def get_max_score(self) -> float:
        return max(part.score for part in self.body_parts.values())

    def get_face_box(self, img_w: int, img_h: int, mode: int = 0) -> dict[str, int] | None:
        """A square about the face, in pixels. Mode 0: x and y are its centre; mode 1 reaches higher, wants an eye, and has
        its top left corner as x and y."""
        return _to_box(_sinew.face_box(self._pixels(img_w, img_h), _skeleton, img_w, img_h, mode == 1))

    def get_upper_body_box(self, img_w: int, img_h: int) -> dict[str, int] | None:
        """A box about head, shoulders and hips, in pixels; x and y are its centre."""
        if not img_w > 0 or not img_h > 0:
            raise Exception(f"img size should be positive. img_w={img_w}, img_h={img_h}")
        return _to_box(_sinew.upper_body_box(self._pixels(img_w, img_h), _skeleton, img_w, img_h))

    def _pixels(self, width: int, height: int) -> np.ndarray:
        keypoints = np.zeros((len(_skeleton), 3), np.float32)
        for index, part in self.body_parts.items():
            keypoints[index] = part.x * width, part.y * height, part.score
        return keypoints

    def __str__(self) -> str:
        return " ".join(map(str, self.body_parts.values()))

    __repr__ = __str__


def _to_box(box: tuple[int, int, int, int] | None) -> dict[str, int] | None:
    return None if box is None else dict(zip("xywh", box))
