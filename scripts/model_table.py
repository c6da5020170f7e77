#!/usr/bin/env python3
"""Models side by side: average precision on annotated pictures, work, time, licence. Prints a table in Markdown.

    model_table.py --annotations FILE --images DIR [--sinew PROGRAM] [--threads T] MODEL@WxH[+FLAGS] ...

    scripts/model_table.py --annotations coco.json --images val2017 mobilenet_thin@432x368 \\
        movenet_multipose@512x384 "posenet@513x385+--min-score 0.2"

AP, AR: COCO's, of object keypoint similarity, by `sinew eval`; people: found. ms: the network alone, the median of `sinew
bench`, on this machine, which should be idle; --no-time leaves it out.
"""
import argparse
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


def output(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configurations", nargs="+", metavar="MODEL@WxH[+FLAGS]")
    parser.add_argument("--annotations", required=True, metavar="FILE")
    parser.add_argument("--images", required=True, metavar="DIR")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--no-time", action="store_true")
    parser.add_argument("--sinew", default=str(ROOT / "build/release/sinew"), metavar="PROGRAM")
    arguments = parser.parse_args()
    zoo = {entry["name"]: entry for entry in output(arguments.sinew, "model", "list", "--json")}
    print("| model | input | AP | AP50 | AR | people | ms | keypoints | licence |\n|---|---|---|---|---|---|---|---|---|")
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
        print(f"| {model}{' ' + flags if flags else ''} | {size} | {coco['ap']:.3f} | {coco['ap50']:.3f} | {coco['ar']:.3f} "
              f"| {evaluation['people']} | {milliseconds} | {entry.get('keypoints', '')} "
              f"| {entry.get('licence', '').split(':')[0]} |", flush=True)


main()
