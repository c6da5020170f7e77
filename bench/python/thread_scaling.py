#!/usr/bin/env python3
"""How threads with estimators of their own scale over the cores, through Python and through C++.

    thread_scaling.py [--model NAME] [--resolution WxH] [--threads 1,2,4] [--pictures N] [--rounds N] PICTURE

As the case study did it: a pool of threads (joblib's threading backend is this one), an estimator for each, the same
picture again and again. In turns with it, `sinew.bench(cores=N)`, whose threads are C++'s. All threads must find the same.
"""

import argparse
import os
import pathlib
import statistics
import time
from multiprocessing.pool import ThreadPool

import sinew


def rate(models, picture, pictures):
    """Pictures a second of all threads together."""
    each = max(1, pictures // len(models))

    def work(model):
        return [model(picture).keypoints.tobytes() for _ in range(each)]

    with ThreadPool(len(models)) as pool:
        start = time.perf_counter()
        found = pool.map(work, models, chunksize=1)
        elapsed = time.perf_counter() - start
    if len({people for thread in found for people in thread}) != 1:
        raise SystemExit("the threads found different people")
    return each * len(models) / elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=pathlib.Path)
    parser.add_argument("--model", default="mobilenet_thin")
    parser.add_argument("--resolution", default="432x368")
    parser.add_argument("--threads", default="1,2,4")
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()

    counts = [int(count) for count in arguments.threads.split(",")]
    first = sinew.load(arguments.model, arguments.resolution, threads=1)
    models = [first, *(first.copy() for _ in range(max(counts) - 1))]
    picture = sinew.read_picture(arguments.picture)
    for model in models:
        model(picture)
    through_python = {count: [] for count in counts}
    through_c = {count: [] for count in counts}
    for _ in range(arguments.rounds):
        for count in counts:
            through_python[count].append(rate(models[:count], picture, arguments.pictures))
            repeats = max(1, arguments.pictures // count)
            bench = sinew.bench(first, arguments.picture, threads=1, cores=count, repeats=repeats)
            through_c[count].append(bench.images_per_second)

    print(f"{first!r}, {len(os.sched_getaffinity(0))} processors, one thread a network, medians of {arguments.rounds} rounds")
    print(f"{'threads':>8} {'Python, pictures/s':>20} {'speed-up':>9} {'C++, pictures/s':>17} {'Python of C++':>14}")
    alone = statistics.median(through_python[counts[0]])
    for count in counts:
        ours, theirs = statistics.median(through_python[count]), statistics.median(through_c[count])
        print(f"{count:>8} {ours:>20.2f} {ours / alone:>9.2f} {theirs:>17.2f} {100 * ours / theirs:>12.0f} %")


if __name__ == "__main__":
    main()
