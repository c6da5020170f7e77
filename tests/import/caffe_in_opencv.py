#!/usr/bin/env python3
"""Compares Caffe networks layer by layer with OpenCV's own importer and engine.

    caffe_in_opencv.py WRITE_CAFFE_LAYERS SINEW FOLDER

The test networks have every layer that is supported; BODY_25 and COCO come with made-up weights. Exit code 77 where
OpenCV for Python (Debian: python3-opencv) is not installed.
"""
import json
import pathlib
import subprocess
import sys

EXIT_SKIPPED = 77
TOLERANCE = 1e-4  # single precision, a hundred layers; relative RMS
HEIGHT, WIDTH = 48, 40


def compare(folder, prototxt, caffemodel, cv2, numpy):
    """How many layers were compared, and the worst: (relative RMS difference, name)."""
    case = json.loads((folder / "layers.json").read_text())
    net = cv2.dnn.readNetFromCaffe(str(prototxt), str(caffemodel))
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.enableFusion(False)
    net.setInput(numpy.fromfile(folder / "input.f32", numpy.float32).reshape(case["input"]))
    names = set(net.getLayerNames())
    worst, count = (0.0, "-"), 0
    for layer in case["layers"]:
        if layer["name"] not in names:
            continue
        expected = numpy.fromfile(folder / layer["file"], numpy.float32).reshape(layer["shape"]).transpose(0, 3, 1, 2)
        actual = net.forward(layer["name"])
        if actual.shape != expected.shape:
            raise AssertionError(f"{layer['name']} has shape {list(actual.shape)}, expected {list(expected.shape)}")
        scale = numpy.sqrt(numpy.mean(numpy.square(expected, dtype=numpy.float64)))
        difference = numpy.sqrt(numpy.mean(numpy.square(actual - expected, dtype=numpy.float64))) / max(scale, 1e-30)
        worst, count = max(worst, (float(difference), layer["name"])), count + 1
    return count, worst


def main():
    write_layers, sinew, work = sys.argv[1:]
    try:
        import cv2
        import numpy
    except ImportError as error:
        print(f"skipped: {error}; apt-get install python3-opencv")
        return EXIT_SKIPPED
    work = pathlib.Path(work)
    subprocess.run([write_layers, work], check=True)
    cases = [(folder, folder / "net.prototxt", folder / "net.caffemodel") for folder in sorted(work.iterdir()) if
             (folder / "net.prototxt").exists()]
    for network in ("body_25", "openpose_mpi"):
        weights = work / f"{network}.caffemodel"
        subprocess.run([sinew, "model", "synth", network, "-o", weights], check=True)
        folder = work / network
        subprocess.run([write_layers, folder, weights.with_suffix(".prototxt"), weights, str(HEIGHT), str(WIDTH)], check=True)
        cases.append((folder, weights.with_suffix(".prototxt"), weights))
    failures = 0
    for folder, prototxt, weights in cases:
        try:
            count, (difference, name) = compare(folder, prototxt, weights, cv2, numpy)
            good = count > 0 and difference <= TOLERANCE
            outcome = f"{count} layers, the worst is {name}: relative RMS {difference:.1e}"
        except (AssertionError, cv2.error) as error:
            good, outcome = False, str(error)
        failures += not good
        print(f"{folder.name}: {outcome}{'' if good else '  FAILED'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
