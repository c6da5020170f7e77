"""Whatever comes in: an exception of sinew's with a message that says what to do, never a crash."""

import numpy as np
import pytest

import sinew


def test_one_root():
    kinds = (sinew.InvalidArgument, sinew.NotFound, sinew.Unsupported, sinew.Corrupt, sinew.TooLarge, sinew.Incompatible,
             sinew.IoError, sinew.Unavailable, sinew.Cancelled, sinew.Internal)
    assert all(issubclass(kind, sinew.Error) for kind in kinds)
    assert issubclass(sinew.InvalidArgument, ValueError)
    assert issubclass(sinew.NotFound, FileNotFoundError) and issubclass(sinew.IoError, OSError)


@pytest.mark.parametrize(
    "bad, message",
    [
        (np.zeros((9, 9, 3)), r"float64, needs uint8.*\(255 \* picture\)"),
        (np.full((9, 9, 3), np.nan, np.float32), "float32, needs uint8"),
        (np.zeros((9, 9, 3), np.int8), "int8"),
        (np.zeros((9, 9, 3), bool), "bool"),
        (np.zeros((9, 9, 3), complex), "complex128"),
        (np.zeros((9, 9, 3), object), "object"),
        (np.zeros((9, 9, 3), "U1"), "<U1"),
        (np.zeros((9, 9, 4), np.uint8), r"4 channels, .*picture\[..., :3\]"),
        (np.zeros((9, 9, 2), np.uint8), "2 channels"),
        (np.zeros((9, 9, 0), np.uint8), "0 channels"),
        (np.zeros((3, 9, 9), np.uint8), "9 channels"),
        (np.zeros(9, np.uint8), r"shape \(9,\)"),
        (np.zeros((), np.uint8), r"shape \(\)"),
        (np.zeros((1, 9, 9, 3), np.uint8), r"shape \(1,9,9,3\)"),
        (np.zeros((0, 9, 3), np.uint8), "no pixels"),
        (np.zeros((9, 0, 3), np.uint8), "no pixels"),
        (None, "is None"),
        (7, "of type int"),
        ([[1, 2], [3, 4]], "of type list"),
    ],
)
def test_pictures(model, bad, message):
    with pytest.raises(sinew.InvalidArgument, match=message):
        model(bad)


@pytest.mark.parametrize("shape", [(2**30, 2**30, 3), (70000, 1, 3), (1, 70000, 3), (20000, 20000, 3), (2**40, 1, 1)])
def test_pictures_that_claim_to_be_huge(model, shape):
    claim = np.lib.stride_tricks.as_strided(np.zeros(3, np.uint8), shape, (0, 0, 1 if shape[2] == 3 else 0))
    with pytest.raises(sinew.TooLarge, match="at most 65536"):
        model(claim)


def test_broadcast_pictures(model):
    flat = np.broadcast_to(np.uint8([1, 2, 3]), (50, 60, 3))
    assert model(flat).height == 50


def test_files(model, tmp_path):
    with pytest.raises(sinew.NotFound, match="missing.jpg"):
        model(tmp_path / "missing.jpg")
    with pytest.raises(FileNotFoundError):
        model(str(tmp_path / "missing.jpg"))
    empty = tmp_path / "empty.jpg"
    empty.touch()
    with pytest.raises(sinew.Corrupt, match="empty.jpg"):
        model(empty)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    with pytest.raises(sinew.Unsupported, match="text.png"):
        model(text)
    with pytest.raises(sinew.Error):
        model(tmp_path)
    with pytest.raises(sinew.Error):
        model(b"\xff\xd8\xff")
    with pytest.raises(sinew.Error):
        model(b"")


def test_models(tmp_path, artifact, graph):
    with pytest.raises(sinew.NotFound, match="no such file"):
        sinew.load(tmp_path / "missing.sinew")
    with pytest.raises(sinew.NotFound, match="mobilenet_thin"):
        sinew.load("mobilenet_thinn")
    with pytest.raises(sinew.InvalidArgument, match="not for 32x32: compile it"):
        sinew.load(artifact, "32x32")
    damaged = tmp_path / "damaged.sinew"
    data = bytearray(artifact.read_bytes())
    data[len(data) // 2] ^= 0xFF
    damaged.write_bytes(data)
    with pytest.raises(sinew.Corrupt, match="damaged.sinew"):
        sinew.load(damaged)
    damaged.write_bytes(artifact.read_bytes()[:100])
    with pytest.raises(sinew.Error, match="damaged.sinew"):
        sinew.load(damaged)


@pytest.mark.parametrize(
    "options, kind, message",
    [
        ({"smoothing": 4}, ValueError, "smoothing"),
        ({"threshold": 2}, ValueError, "threshold"),
        ({"threshold": float("nan")}, ValueError, "threshold"),
        ({"fit": "squeeze"}, ValueError, '"stretch", "pad"'),
        ({"compat": "caffe"}, ValueError, "compat"),
        ({"threads": -1}, ValueError, "threads"),
        ({"threads": 10**6}, ValueError, "threads"),
        ({"device": "tpu"}, ValueError, "^device: .*tpu"),
        ({"precision": "fp7"}, ValueError, "^precision: .*fp7"),
        ({"smothing": 5}, TypeError, "smothing"),
        ({"smoothing": "5"}, TypeError, "smoothing"),
        ({"min_parts": None}, TypeError, "min_parts"),
        ({"resolution": "huge"}, ValueError, "huge"),
        ({"resolution": (0, 48)}, ValueError, "0x48"),
        ({"resolution": (1, 2, 3)}, ValueError, "resolution"),
        ({"resolution": "-1x-1"}, ValueError, "-1"),
        ({"scale_number": 0}, ValueError, "scale"),
    ],
)
def test_options(artifact, options, kind, message):
    with pytest.raises(kind, match=message):
        sinew.load(artifact, **options)


def test_no_resolution_that_makes_no_sense(model):
    for number in (2**31, 10**30, -5):
        with pytest.raises((sinew.InvalidArgument, OverflowError)):
            sinew.load(model.source, (number, 48))
