"""Pictures: arrays, files, PIL's, and PNG for notebooks."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from sinew import _sinew
from sinew._errors import InvalidArgument

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

    # What shows a picture: bytes of (height, width, 3), (height, width, 1) or (height, width), B, G, R unless said
    # otherwise; a file; an encoded picture in memory; a picture of PIL's.
    PictureLike = Union[np.ndarray, str, os.PathLike, bytes, bytearray, PilImage]


def is_path(picture: Any) -> bool:
    return isinstance(picture, (str, os.PathLike))


def is_pil(picture: Any) -> bool:
    # Where nobody has imported PIL, there are no pictures of its.
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(picture, pil.Image)


def to_array(picture: PictureLike, rgb: bool = False) -> tuple[np.ndarray, bool]:
    """The picture as an array, and whether its channels are in the order R, G, B."""
    if isinstance(picture, np.ndarray):
        return picture, rgb
    if is_path(picture):
        return _sinew.read_picture(os.fsencode(picture)), False
    if isinstance(picture, (bytes, bytearray)):
        return _sinew.decode_picture(bytes(picture)), False
    if is_pil(picture):
        return np.asarray(picture.convert("RGB")), True
    if hasattr(picture, "__array_interface__") or hasattr(picture, "__array__"):
        return np.asarray(picture), rgb
    raise InvalidArgument(
        f"picture: is {'None' if picture is None else 'of type ' + type(picture).__name__}, needs an array, a path, "
        "encoded bytes or a picture of PIL's"
    )


def read_picture(path: str | os.PathLike, *, rgb: bool = False) -> np.ndarray:
    """Reads a picture of any format that `sinew run` reads: (height, width, 3) bytes, B, G, R, upright."""
    array = _sinew.read_picture(os.fsencode(path))
    return array[..., ::-1].copy() if rgb else array


def write_picture(path: str | os.PathLike, picture: np.ndarray, *, rgb: bool = False) -> None:
    """Writes .jpg, .png or .webp, by the path's ending; the file appears only when it is whole."""
    array, rgb = to_array(picture, rgb)
    _sinew.write_picture(os.fsencode(path), array, rgb)


def encode_png(bgr: np.ndarray) -> bytes:
    """(height, width, 3) bytes, B, G, R, as a PNG file; quick rather than small."""
    height, width = bgr.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = bgr[..., ::-1].reshape(height, 3 * width)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 1))
        + chunk(b"IEND", b"")
    )
