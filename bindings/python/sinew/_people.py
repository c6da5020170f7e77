"""The people in a picture or a frame: arrays, text, tables, drawings."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from sinew import _sinew
from sinew._errors import InvalidArgument
from sinew._picture import encode_png, is_pil, to_array

if TYPE_CHECKING:
    import pandas

    from sinew._model import Maps
    from sinew._picture import PictureLike

_MAX_SIDE_SHOWN = 960  # pixels, in notebooks


@dataclass(frozen=True)
class Person:
    """One person: a view of a row of `People`."""

    keypoints: np.ndarray
    """(keypoints, 3) floats: x, y, score. x and y are pixels of the picture; a missing keypoint is 0, 0, 0."""
    score: float
    """The mean confidence of keypoints and limbs; it may exceed 1."""
    id: int | None
    """The same from frame to frame where people were followed; -1 for somebody not, or not yet, followed; else None."""
    names: tuple[str, ...] = field(repr=False)
    """The names of the keypoints."""

    def __getitem__(self, name: str) -> np.ndarray | None:
        """x, y, score of the keypoint of that name ("nose"); None where it was not found."""
        try:
            keypoint = self.keypoints[self.names.index(name)]
        except ValueError:
            raise KeyError(f"no keypoint is called {name!r}: there are {', '.join(self.names)}") from None
        return keypoint if keypoint[2] > 0 else None

    @property
    def found(self) -> np.ndarray:
        """Which keypoints were found, as booleans."""
        return self.keypoints[:, 2] > 0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The smallest box around the keypoints found: x, y of the top left corner, width, height."""
        points = self.keypoints[self.found, :2]
        if not len(points):
            return (0.0, 0.0, 0.0, 0.0)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return (float(left), float(top), float(right - left), float(bottom - top))


class People(Sequence[Person]):
    """The people in one picture or frame: a sequence of `Person`, and all of them at once as arrays."""

    keypoints: np.ndarray
    """(N, keypoints, 3) floats: x, y, score, in the order of `names`; a missing keypoint is 0, 0, 0."""
    scores: np.ndarray
    """(N,) floats."""
    ids: np.ndarray | None
    """(N,) whole numbers where people were followed (-1: not, or not yet); else None."""
    found_keypoints: np.ndarray | None
    """Keypoints as they were found, where `keypoints` are smoothed over time; else None."""
    skeleton: _sinew.Skeleton
    """The model's: names, limbs and colours of keypoints."""
    source: str
    """The path or name of what the people are in; empty for arrays."""
    frame: int
    """The number within its source, from 0."""
    seconds: float | None
    """When the frame of a video is shown; None for pictures."""
    width: int
    height: int
    error: str
    """Why the picture or frame could not be read; empty where it could."""
    damaged: bool
    """Whether the frame is known to show something else than what was recorded."""
    picture: np.ndarray | None
    """The picture itself, B, G, R, where `sinew.run(..., pictures=True)` keeps it; else None."""
    maps: Maps | None
    """The network's maps, where they were asked for."""
    candidates: tuple[np.ndarray, ...] | None
    """Where they were asked for: of each keypoint, all peaks, in people or not, (n, 3) floats: x, y, score."""
    times: dict[str, float] | None
    """Seconds of resize, network and decode, where a model was called."""

    def __init__(
        self,
        keypoints: np.ndarray,
        scores: np.ndarray,
        skeleton: _sinew.Skeleton,
        *,
        ids: np.ndarray | None = None,
        found_keypoints: np.ndarray | None = None,
        source: str = "",
        frame: int = 0,
        seconds: float | None = None,
        width: int = 0,
        height: int = 0,
        error: str = "",
        damaged: bool = False,
        picture: np.ndarray | None = None,
        maps: Maps | None = None,
        candidates: tuple[np.ndarray, ...] | None = None,
        times: dict[str, float] | None = None,
    ) -> None:
        self.keypoints, self.scores, self.skeleton = keypoints, scores, skeleton
        self.ids, self.found_keypoints = ids, found_keypoints
        self.source, self.frame, self.seconds = source, frame, seconds
        self.width, self.height = width, height
        self.error, self.damaged = error, damaged
        self.picture, self.maps, self.candidates, self.times = picture, maps, candidates, times
        self._seen: weakref.ref[Any] | None = None
        self._seen_rgb = False

    def _remember(self, picture: Any, rgb: bool) -> None:
        """Keeps hold of the picture that they were found in for as long as the caller does."""
        try:
            self._seen, self._seen_rgb = weakref.ref(picture), rgb
        except TypeError:
            self._seen = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keypoints, in their order."""
        return self.skeleton.keypoints

    def __len__(self) -> int:
        return len(self.keypoints)

    @overload
    def __getitem__(self, index: int) -> Person: ...
    @overload
    def __getitem__(self, index: slice) -> People: ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return self._part(index)
        index = range(len(self))[index]
        person_id = None if self.ids is None else int(self.ids[index])
        return Person(self.keypoints[index], float(self.scores[index]), person_id, self.names)

    def __iter__(self) -> Iterator[Person]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        where = f" in {self.source}" if self.source else ""
        when = "" if self.seconds is None else f", frame {self.frame}"
        if self.error:
            return f"<People: {self.error}>"
        return f"<People: {len(self)} of {len(self.names)} keypoints{where}{when}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_seen": None}

    def _part(self, index: slice) -> People:
        part = People.__new__(People)
        part.__dict__.update(self.__dict__)
        part.keypoints, part.scores = self.keypoints[index], self.scores[index]
        part.ids = None if self.ids is None else self.ids[index]
        part.found_keypoints = None if self.found_keypoints is None else self.found_keypoints[index]
        return part

    # Text

    def to_json(self, *, boxes: bool = False) -> str:
        """One line of `sinew run --write-jsonl`, with its end; coordinates to a thousandth of a pixel.

        `boxes` adds a box around each face and upper body.
        """
        return _sinew.to_json_line(self, boxes)

    def to_dict(self, *, boxes: bool = False) -> dict[str, Any]:
        """The same as a dictionary."""
        return json.loads(self.to_json(boxes=boxes))

    def to_openpose_json(
        self, *, boxes: bool = False, keypoint_scale: Literal["picture", "unit", "signed"] = "picture"
    ) -> str:
        """The content of a file of `sinew run --write-json`: OpenPose's JSON, with the candidates where there are any.

        `keypoint_scale`: coordinates in pixels of the picture, from 0 to 1, or from -1 to 1.
        """
        return _sinew.to_openpose_json(self, boxes, {"keypoint_scale": keypoint_scale})

    def to_openpose(
        self, *, boxes: bool = False, keypoint_scale: Literal["picture", "unit", "signed"] = "picture"
    ) -> dict[str, Any]:
        """The same as a dictionary: {"version": 1.3, "people": [{"pose_keypoints_2d": ...}, ...]}."""
        return json.loads(self.to_openpose_json(boxes=boxes, keypoint_scale=keypoint_scale))

    def to_pandas(self, *, tidy: bool = False) -> pandas.DataFrame:
        """A table: see `sinew.to_pandas`."""
        return to_pandas([self], tidy=tidy)

    # Drawing

    def draw(
        self, picture: PictureLike | None = None, *, rgb: bool = False, inplace: bool = False, line_width: float | None = None
    ) -> np.ndarray | Any:
        """The picture with the people drawn on it.

        A picture of PIL's yields one of PIL's, everything else an array: in the order of channels that it had, B, G, R
        for files. Without a picture: the one that they were found in, while the caller still has it, else a black one.
        `inplace` draws on the caller's array, and returns it. `line_width` is that of a limb, as a fraction of the
        picture's mean side.
        """
        if picture is None:
            picture, rgb = self._own_picture()
        if inplace and not isinstance(picture, np.ndarray):
            raise InvalidArgument("picture: only arrays can be drawn on in place")
        if inplace and rgb:
            raise InvalidArgument("picture: drawing in place takes the channels in the order B, G, R")
        array, is_rgb = to_array(picture, rgb)
        canvas = array if inplace else _copy_as_bgr(array, is_rgb)
        _sinew.draw(self, canvas, _sinew.line_width if line_width is None else line_width)
        if is_pil(picture):
            from PIL import Image

            return Image.fromarray(np.ascontiguousarray(canvas[..., ::-1]))
        return np.ascontiguousarray(canvas[..., ::-1]) if is_rgb else canvas

    def _own_picture(self) -> tuple[Any, bool]:
        if self.picture is not None:
            return self.picture, False
        seen = None if self._seen is None else self._seen()
        if seen is not None:
            return seen, self._seen_rgb
        if self.seconds is None and self.source and os.path.exists(self.source):
            return self.source, False
        if self.width < 1 or self.height < 1:
            raise InvalidArgument("picture: name the picture to draw on: these people are of none that is known")
        return np.zeros((self.height, self.width, 3), np.uint8), False

    def _repr_png_(self) -> bytes | None:
        if self.error or self.width < 1:
            return None
        picture, rgb = self._own_picture()
        array, rgb = to_array(picture, rgb)
        drawn = _copy_as_bgr(array, rgb)
        _sinew.draw(self, drawn, _sinew.line_width)
        step = -(-max(drawn.shape[:2]) // _MAX_SIDE_SHOWN)
        return encode_png(drawn[::step, ::step])

    def _repr_html_(self) -> str:
        from base64 import b64encode
        from html import escape

        if self.error:
            return f"<p>{escape(self.error)}</p>"

        rows = "".join(
            f"<tr><td>{index if person.id is None else person.id}</td><td>{person.score:.3f}</td>"
            f"<td>{int(person.found.sum())} of {len(self.names)}</td></tr>"
            for index, person in enumerate(self)
        )
        table = f"<table><tr><th>person</th><th>score</th><th>keypoints</th></tr>{rows}</table>"
        png = self._repr_png_()
        picture = "" if png is None else f'<img alt="people" src="data:image/png;base64,{b64encode(png).decode()}"/>'
        return f"<div><p>{escape(repr(self))}</p>{picture}{table}</div>"


def _copy_as_bgr(array: np.ndarray, rgb: bool) -> np.ndarray:
    """A copy to draw on; grey gets three channels."""
    if array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 1):
        array = np.repeat(array.reshape(array.shape[:2] + (1,)), 3, axis=2)
    return np.array(array[..., ::-1] if rgb else array, order="C")


def to_pandas(frames: People | Iterable[People], *, tidy: bool = False) -> pandas.DataFrame:
    """Frames as one table; a missing keypoint is NaN.

    A row a person, with the columns of `sinew run --write-csv` but for `error` and `damaged`: source, frame, seconds,
    width, height, person, person_id, score, nose_x, nose_y, nose_score, ... `tidy`: a row a keypoint of a person instead,
    with the columns keypoint, x, y, keypoint_score. Frames without people have no rows.
    """
    import pandas

    def columns(people: People) -> dict[str, Any]:
        ids = np.full(len(people), np.nan) if people.ids is None else people.ids
        seconds = np.nan if people.seconds is None else people.seconds
        return {
            "source": np.full(len(people), people.source, object),
            "frame": np.full(len(people), people.frame, np.int64),
            "seconds": np.full(len(people), seconds),
            "width": np.full(len(people), people.width, np.int64),
            "height": np.full(len(people), people.height, np.int64),
            "person": np.arange(len(people)),
            "person_id": ids,
            "score": people.scores,
        }

    frames = [frames] if isinstance(frames, People) else list(frames)
    if not frames:
        return pandas.DataFrame()
    names = frames[0].names
    if any(people.names != names for people in frames):
        raise InvalidArgument("people of different skeletons do not go into one table")
    parts = [columns(people) for people in frames]
    table = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    keypoints = np.concatenate([people.keypoints for people in frames])
    values = np.where(keypoints[..., 2:] > 0, keypoints, np.nan)
    if not tidy:
        named = {f"{name}_{axis}": values[:, k, a] for k, name in enumerate(names) for a, axis in enumerate(("x", "y", "score"))}
        return pandas.DataFrame({**table, **named})
    repeated = {key: np.repeat(column, len(names)) for key, column in table.items()}
    return pandas.DataFrame(
        {
            **repeated,
            "keypoint": np.tile(np.array(names, object), len(keypoints)),
            "x": values[..., 0].ravel(),
            "y": values[..., 1].ravel(),
            "keypoint_score": values[..., 2].ravel(),
        }
    )
