#!/usr/bin/env python3
"""Exports a network in each precision, runs it in ONNX Runtime, and compares with the same in floats.

    precision_in_engine.py SINEW GRAPH FOLDER

Exit code 77 where ONNX Runtime is not installed (make bench-peers installs it).
"""
import pathlib
import random
import struct
import subprocess
import sys
import types
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/peers"))
from bench_peers import EXIT_SKIPPED, read_floats, relative_rms  # noqa: E402
from client import Client  # noqa: E402
from engines import find_engines  # noqa: E402

WIDTH, HEIGHT = 64, 48
# Relative RMS of the outputs: a handful of layers, each of which errs 5e-4 in fp16, 3e-3 with weights in bf16, and 1e-2
# in eight bits. What is exactly the floats' was not narrowed.
LIMITS = {"fp16": (1e-6, 5e-3), "bf16": (1e-5, 3e-2), "int8": (1e-4, 0.15)}


def write_png(path, pixels):
    """An RGB picture of WIDTH x HEIGHT."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[3 * WIDTH * y : 3 * WIDTH * (y + 1)] for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def run(engine, model, folder):
    client = Client(engine, folder / f"{model.stem}.log")
    try:
        client.ask(do="load", model=str(model), input=str(folder / "input.f32"), shape=[1, 3, HEIGHT, WIDTH], threads=2)
        client.ask(do="run", count=1)
        shape = client.ask(do="save", path=str(folder / "output.f32"))["shape"]
    finally:
        client.close()
    return shape, read_floats(folder / "output.f32")


def main():
    sinew, graph, work = sys.argv[1:]
    engines = find_engines(["onnxruntime"], types.SimpleNamespace(npm_folder=ROOT / "build/peers"))
    if not engines:
        print("ONNX Runtime is not installed: make bench-peers, or npm install --prefix build/peers onnxruntime-node")
        return EXIT_SKIPPED
    folder = pathlib.Path(work)
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    draw = random.Random(5)
    for i in range(4):
        write_png(folder / "photos" / f"{i}.png", draw.randbytes(3 * WIDTH * HEIGHT))
    planes = [float(draw.randrange(256)) for _ in range(3 * WIDTH * HEIGHT)]
    (folder / "input.f32").write_bytes(struct.pack(f"<{len(planes)}f", *planes))

    def export(precision, *more):
        path = folder / f"{precision}.onnx"
        subprocess.run([sinew, "export", graph, "--net-resolution", f"{WIDTH}x{HEIGHT}", "--layout", "nchw", "--precision", precision,
                        "-o", path, *more], check=True, stdout=subprocess.DEVNULL)
        return path

    floats = export("fp32")
    shape, expected = run(engines[0], floats, folder)
    failures = 0
    for precision, (least, most) in LIMITS.items():
        model = export(precision, *(["--calibrate", folder / "photos"] if precision == "int8" else []))
        got_shape, got = run(engines[0], model, folder)
        error = relative_rms(got, expected)
        smaller = model.stat().st_size < floats.stat().st_size
        good = got_shape == shape and least < error < most and smaller
        failures += not good
        print(f"{precision}: relative RMS {error:.1e} of {least:g} to {most:g}, {model.stat().st_size} bytes of "
              f"{floats.stat().st_size}{'' if good else '  FAILED'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
