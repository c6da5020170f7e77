#!/usr/bin/env python3
"""Makes the table of speed and agreement by precision (docs/results.md): time, error, and people's F1 against fp32.

    scripts/precision_table.py [OPTIONS] PICTURE...

Compiles the model in each precision for this processor, times the compiled models in turns, network alone, and compares
the people that each finds with those of fp32 in the pictures and, with --video, in the frames of a video. int8 is
calibrated on the pictures of --calibrate, which should be others than those that judge it. Needs an idle machine for the
times; errors and agreement do not.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What is compiled how. The first is what the others are compared with.
ROWS = {
    "fp32": ["--precision", "fp32"],
    "default (error 1e-3)": [],
    "error 1e-2": ["--max-error", "1e-2"],
    "bf16": ["--precision", "bf16"],
    "int8, not calibrated": ["--precision", "int8"],
    "int8": ["--precision", "int8", "--calibrate"],
    "int8, F1 at least 0.97": ["--precision", "int8", "--calibrate", "--min-agreement"],
}
MIN_AGREEMENT = "0.97"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="pictures or folders with people")
    parser.add_argument("--model", default="mobilenet_thin")
    parser.add_argument("--resolution", default="432x368", metavar="WxH")
    parser.add_argument("--calibrate", metavar="DIR", help="pictures to calibrate int8 by; without, its rows are left out")
    parser.add_argument("--video", metavar="FILE", help="a video with people")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="of timing, in turns (default: 5); 0: no times")
    parser.add_argument("--repeats", type=int, default=30, help="runs in a turn (default: 30)")
    parser.add_argument("--sinew", type=pathlib.Path, default=ROOT / "build/release/bin/sinew", metavar="PROGRAM")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/precision_table", help="folder for what is compiled")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="the figures as JSON")
    return parser.parse_args()


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(str(part) for part in command)}:\n{done.stderr.strip()}")
    return done.stdout


def compile_row(arguments, name, flags):
    """The row of a precision, with its artifact and error; None where it has to be left out."""
    flags = list(flags)
    if "--calibrate" in flags:
        if not arguments.calibrate:
            return None
        flags.insert(flags.index("--calibrate") + 1, arguments.calibrate)
    if "--min-agreement" in flags:
        flags += [MIN_AGREEMENT]
        for picture in arguments.pictures:
            flags += ["--images", picture]
    artifact = arguments.work / (re.sub(r"[^a-z0-9]+", "-", name) + ".sinew")
    try:
        log = run(arguments.sinew, "compile", arguments.model, "--net-resolution", arguments.resolution, "-o", artifact, *flags)
    except RuntimeError as error:
        print(f"left out: {name}: {str(error).splitlines()[-1]}", file=sys.stderr)
        return None
    error = float(re.search(r"^error +relative RMS ([0-9.e+-]+)", log, re.MULTILINE)[1])
    return {"precision": name, "artifact": str(artifact), "error": error, "weight_megabytes": float(re.search(r"weights ([0-9.]+) MB, for", log)[1]), "ms": []}


def agreement(arguments, row, reference, inputs):
    answer = json.loads(run(arguments.sinew, "eval", row["artifact"], *inputs, "--against", reference["artifact"], "--json", "-q"))["agreement"]
    return {"f1": answer["f1"], "expected": answer["expected"], "found": answer["found"]}


def main():
    arguments = parse_arguments()
    arguments.work.mkdir(parents=True, exist_ok=True)
    rows = [row for name, flags in ROWS.items() if (row := compile_row(arguments, name, flags))]
    if not rows or rows[0]["precision"] != "fp32":
        sys.exit("fp32 could not be compiled: there is nothing to compare with")
    for row in rows:
        row["pictures"] = agreement(arguments, row, rows[0], arguments.pictures)
        if arguments.video:
            row["video"] = agreement(arguments, row, rows[0], [arguments.video])
    for number in range(arguments.rounds):
        shift = number % len(rows)
        for row in rows[shift:] + rows[:shift]:
            bench = json.loads(run(arguments.sinew, "bench", row["artifact"], "--network-only", "--threads", arguments.threads, "--repeats", arguments.repeats, "--json"))
            row["ms"].append(bench["p50_ms"])
    for row in rows:
        row["median_ms"] = statistics.median(row["ms"]) if row["ms"] else None
    print(f"{arguments.model} {arguments.resolution}, {arguments.threads} threads, {rows[0]['pictures']['expected']} people in the pictures"
          + (f", {rows[0]['video']['expected']} in the video" if arguments.video else "") + "\n")
    print("| precision | ms | faster | error | weights | F1 |" + (" F1, video |" if arguments.video else ""))
    print("|---|---|---|---|---|---|" + ("---|" if arguments.video else ""))
    for row in rows:
        time = ("-", "-") if row["median_ms"] is None else (f"{row['median_ms']:.1f}", f"{rows[0]['median_ms'] / row['median_ms']:.2f}")
        print(f"| {row['precision']} | {time[0]} | {time[1]} | {row['error']:.1e} | {row['weight_megabytes']:.1f} MB | {row['pictures']['f1']:.3f} |"
              + (f" {row['video']['f1']:.3f} |" if arguments.video else ""))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
