#!/usr/bin/env python3
"""Models side by side: average precision on annotated pictures, work, time, licence. Prints a table in Markdown.

    model_table.py --annotations FILE --images DIR [--sinew PROGRAM] [--threads T] MODEL@WxH[+FLAGS] ...

    scripts/model_table.py --annotations coco.json --images val2017 mobilenet_thin@432x368 \\
        movenet_multipose@512x384 "posenet@513x385+--min-score 0.2"

AP, AR: COCO's, of object keypoint similarity, by `sinew eval`; people: found. GMAC: of the graph as it is given. ms: the
network alone, the median of `sinew bench`, on this machine, which should be idle; --no-time leaves it out.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def text(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"{' '.join(command)}: exit code {done.returncode}")
    return done.stdout


def output(*command):
    return json.loads(text(*command))


def giga_multiply_adds(sinew, graph, size):
    found = re.search(r"multiply-adds: ([\d.]+) billion", text(sinew, "inspect", graph, "--net-resolution", size))
    return found[1] if found else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configurations", nargs="+", metavar="MODEL@WxH[+FLAGS]")
    parser.add_argument("--annotations", required=True, metavar="FILE")
    parser.add_argument("--images", required=True, metavar="DIR")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--no-time", action="store_true")
    parser.add_argument("--sinew", default=str(ROOT / "build/release/bin/sinew"), metavar="PROGRAM")
    arguments = parser.parse_args()
    zoo = {entry["name"]: entry for entry in output(arguments.sinew, "model", "list", "--json")}
    print("| model | input | GMAC | AP | AP 0.50 | AR | people | ms | keypoints | licence |\n|---|---|---|---|---|---|---|---|---|---|")
    for configuration in arguments.configurations:
        name, _, flags = configuration.partition("+")
        model, _, size = name.partition("@")
        evaluation = output(arguments.sinew, "eval", model, "--annotations", arguments.annotations, "--images", arguments.images,
                            "--net-resolution", size, *flags.split(), "--json", "--quiet")
        milliseconds = "-"
        if not arguments.no_time:
            bench = output(arguments.sinew, "bench", model, "--net-resolution", size, "--network-only", "--threads",
                           str(arguments.threads), "--json")
            milliseconds = f"{bench['p50_ms']:.1f}"
        entry, coco = zoo.get(model, {}), evaluation["coco"]
        work = giga_multiply_adds(arguments.sinew, entry.get("path") or model, size)
        print(f"| {model}{' ' + flags if flags else ''} | {size} | {work} | {coco['ap']:.3f} | {coco['ap50']:.3f} | {coco['ar']:.3f} "
              f"| {evaluation['people']} | {milliseconds} | {entry.get('keypoints', '')} "
              f"| {entry.get('licence', '').split(':')[0]} |", flush=True)


main()
