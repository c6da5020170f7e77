#!/usr/bin/env python3
"""PoseNet and MoveNet MultiPose through sinew and through TensorFlow.js, on real pictures.

    tfjs_networks.py SINEW NODE_MODULES PICTURES FOLDER

Each head's numbers agree to 1e-3 of its scale (relative RMS), and the people that TensorFlow.js makes of them lie within
a pixel of the network's input. Exit code 77 where node, its packages, the models, python3-opencv (which cuts the pictures
to size) or the pictures are missing.
"""
import array
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

EXIT_SKIPPED = 77
TOLERANCE = 1e-3  # what the compiler allows its algorithms by default
PIXELS = 1.0
NETWORKS = {
    "posenet": {"model": "posenet", "size": (513, 385), "shift": 0, "scale": 1 / 127.5, "offset": -1},
    "movenet": {"model": "movenet_multipose", "size": (512, 384), "shift": 0.5, "scale": 1, "offset": 0},
}
SAMPLES = ["messi5.jpg", "basketball1.png"]


def skip(reason):
    print(reason)
    sys.exit(EXIT_SKIPPED)


def python_with_opencv():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import cv2"], capture_output=True).returncode == 0:
            return python
    return skip("OpenCV's Python module is not there: apt-get install python3-opencv")


def find_model(name):
    homes = [os.environ.get("SINEW_MODELS"),
             os.path.join(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"), "sinew/models")]
    for home in filter(None, homes):
        graph = pathlib.Path(home, name, "model.json")
        if graph.exists():
            return graph
    return skip(f"{name} is not on this disk: sinew model fetch {name}")


def write_npy(path, shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values.tobytes())


def read_npy(path):
    content = path.read_bytes()
    return array.array("f", content[10 + struct.unpack_from("<H", content, 8)[0]:])


def read_ppm(path):
    content = path.read_bytes()
    width, height = content.split(maxsplit=3)[1:3]
    return content[-3 * int(width) * int(height):]


def relative_rms(actual, expected):
    assert len(actual) == len(expected), f"{len(actual)} numbers, not {len(expected)}"
    scale = sum(value * value for value in expected)
    return (sum((a - b) ** 2 for a, b in zip(actual, expected)) / scale) ** 0.5


def compare_people(network, theirs, ours):
    """Every keypoint that TensorFlow.js is sure of, of everybody whom sinew keeps."""
    shift, compared = NETWORKS[network]["shift"], 0
    width, height = NETWORKS[network]["size"]
    sure = [person for person in theirs if person["score"] >= 0.3]
    assert len(sure) <= len(ours) <= len(theirs), f"{len(ours)} people; TensorFlow.js has {len(sure)} to {len(theirs)}"
    for person in sure:
        def distances(candidate):
            for k, (x, y, score) in enumerate(person["keypoints"]):
                if score < 0.1:
                    continue
                x, y = min(max(x - shift, 0), width - 1), min(max(y - shift, 0), height - 1)
                ours_x, ours_y, _ = candidate["pose_keypoints_2d"][3 * k:3 * k + 3]
                yield ((x - ours_x) ** 2 + (y - ours_y) ** 2) ** 0.5
        best = min(ours, key=lambda candidate: max(distances(candidate)))
        farthest = max(distances(best))
        assert farthest <= PIXELS, f"a keypoint is {farthest:.2f} pixels away"
        compared += 1
    return compared


def main():
    sinew, modules, pictures, folder = map(pathlib.Path, sys.argv[1:])
    node = shutil.which("node") or skip("node is not there: scripts/fetch_tfjs.sh gets it, and TensorFlow.js")
    if not (modules / "@tensorflow-models/posenet").exists():
        skip("TensorFlow.js is not there: scripts/fetch_tfjs.sh gets it")
    python = python_with_opencv()
    found = [pictures / name for name in SAMPLES if (pictures / name).exists()]
    if not found:
        skip("no pictures: scripts/fetch_samples.sh gets them")
    graphs = {name: find_model(network["model"]) for name, network in NETWORKS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    people = 0
    for name, network in NETWORKS.items():
        width, height = network["size"]
        artifact = folder / f"{name}.sinew"
        subprocess.run([sinew, "compile", graphs[name], "--net-resolution", f"{width}x{height}", "-o", artifact], check=True,
                       capture_output=True)
        described = subprocess.run([sinew, "model", "describe", artifact], check=True, capture_output=True, text=True).stdout
        outputs = json.loads(described)["outputs"]
        for picture in found:
            ppm, out = folder / f"{name}_{picture.stem}.ppm", folder / f"{name}_{picture.stem}"
            resize = ("import cv2, sys; a = sys.argv; "
                      "cv2.imwrite(a[2], cv2.resize(cv2.imread(a[1]), (int(a[3]), int(a[4])), interpolation=cv2.INTER_AREA))")
            subprocess.run([python, "-c", resize, picture, ppm, str(width), str(height)], check=True)
            script = pathlib.Path(__file__).parent / "tfjs_network.js"
            subprocess.run([node, script, modules, name, graphs[name], ppm, out], check=True, capture_output=True)
            expected = json.loads(pathlib.Path(f"{out}.json").read_text())
            tensor = array.array("f", (byte * network["scale"] + network["offset"] for byte in read_ppm(ppm)))
            write_npy(folder / "input.npy", (1, height, width, 3), tensor)
            for head in expected["shapes"]:
                subprocess.run([sinew, "exec", artifact, "--input", folder / "input.npy", "--output", folder / "head.npy",
                                "--head", str(outputs[head]["output"])], check=True)
                theirs = array.array("f", pathlib.Path(f"{out}.{head}.f32").read_bytes())
                error = relative_rms(read_npy(folder / "head.npy"), theirs)
                print(f"{name} {picture.name} {head}: relative RMS {error:.2g}")
                assert error <= TOLERANCE, f"{name}, {picture.name}: {head} is off by {error:.2g}"
            results = folder / f"{name}_{picture.stem}_people"
            shutil.rmtree(results, ignore_errors=True)
            subprocess.run([sinew, "run", ppm, "--model", artifact, "--write-json", results, "--min-parts", "1", "--no-fsync"],
                           check=True, capture_output=True)
            ours = json.loads(next(results.glob("*.json")).read_text())["people"]
            compared = compare_people(name, expected["people"], ours)
            print(f"{name} {picture.name}: {len(ours)} people, {compared} compared")
            people += compared
    assert people > 0, "nobody was compared"


main()
