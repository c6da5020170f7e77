#!/usr/bin/env python3
"""Runs the test networks of src/export as ONNX in other engines, and compares with the reference executor.

    onnx_in_engine.py WRITE_CASES FOLDER [ENGINE...]

Exit code 77 where none of the engines is installed. ONNX Runtime must run all networks. Others may refuse some; what they
do run must be right.
"""
import json
import pathlib
import subprocess
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/peers"))
from bench_peers import EXIT_SKIPPED, read_floats, relative_rms  # noqa: E402
from client import Client, WorkerError  # noqa: E402
from engines import find_engines  # noqa: E402

TOLERANCE = 1e-5  # single precision, a few layers


def run_case(engine, folder):
    """The relative RMS difference from what is expected."""
    case = json.loads((folder / "case.json").read_text())
    client = Client(engine, folder / "log")
    try:
        client.ask(do="load", model=str(folder / "model.onnx"), input=str(folder / "input.f32"), shape=case["input"], threads=2)
        client.ask(do="run", count=1)
        shape = client.ask(do="save", path=str(folder / "output.f32"))["shape"]
    finally:
        client.close()
    if shape != case["output"]:
        raise AssertionError(f"its output has shape {shape}, expected {case['output']}")
    return relative_rms(read_floats(folder / "output.f32"), read_floats(folder / "expected.f32"))


def main():
    write_cases, work, *names = sys.argv[1:]
    tools = types.SimpleNamespace(npm_folder=ROOT / "build/peers")
    engines = find_engines(names or ["onnxruntime", "opencv"], tools)
    if not engines:
        return EXIT_SKIPPED
    subprocess.run([write_cases, work], check=True)
    failures = 0
    for engine in engines:
        for folder in sorted(path for path in pathlib.Path(work).iterdir() if path.is_dir()):
            must_run = engine.name == "onnxruntime"
            if engine.name == "opencv" and folder.name == "any_batch":
                continue  # OpenCV fixes the batch when it reads a model: pictures behind the first one come out as zeros
            if engine.name == "opencv" and folder.name == "pixels":
                continue  # OpenCV 4.6 has one rounding of nearest pixels, whatever nearest_mode says
            try:
                difference = run_case(engine, folder)
                good, outcome = difference <= TOLERANCE, f"relative RMS {difference:.1e}"
            except WorkerError as error:
                good, outcome = not must_run, f"refused: {str(error)[:200]}"
            except AssertionError as error:
                good, outcome = False, str(error)
            failures += not good
            print(f"{engine.name} {folder.name}: {outcome}{'' if good else '  FAILED'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
