#!/usr/bin/env python3
"""What a picture costs through Python beyond what it costs through C++: at most 0.3 ms.

    call_cost.py [--model NAME] [--resolution WxH] [--rounds N] [--repeats N] PICTURE

In turns, the same encoded picture goes to people through `sinew.bench`, whose loop is C++, and through `model(bytes)`,
each on one thread; the difference of the medians is what Python adds. Beside it, for every kind of picture that a call
takes, what the call takes beyond the stages that the library itself has timed: conversions included. A small resolution
shows a fraction of a millisecond better than a large one. Exit code 1 where more than 0.3 ms are added.
"""

import argparse
import pathlib
import statistics
import sys
import time

import sinew

LIMIT = 0.3e-3


def seconds(call, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def beyond(model, picture, repeats, **options):
    """Of a call, what its own stages did not take."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        people = model(picture, **options)
        times.append(time.perf_counter() - start - sum(people.times.values()))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=pathlib.Path)
    parser.add_argument("--model", default="mobilenet_thin")
    parser.add_argument("--resolution", default="112x96")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=200)
    arguments = parser.parse_args()

    model = sinew.load(arguments.model, arguments.resolution, threads=1)
    encoded = arguments.picture.read_bytes()
    array = sinew.read_picture(arguments.picture)
    people = model(encoded)
    print(f"{arguments.picture.name} {array.shape[1]}x{array.shape[0]}, {model!r}, {len(people)} people, one thread")

    added = []
    for _ in range(arguments.rounds):
        through_c = sinew.bench(model, arguments.picture, threads=1, repeats=arguments.repeats)["p50_ms"] / 1e3
        through_python = seconds(lambda: model(encoded), arguments.repeats)
        added.append(through_python - through_c)
        print(f"  C++ {1e3 * through_c:.3f} ms, Python {1e3 * through_python:.3f} ms: {1e3 * added[-1]:+.3f} ms")
    result = statistics.median(added)
    print(f"through Python {1e3 * result:+.3f} ms, at most {1e3 * LIMIT} wanted")

    kinds = {
        "rows of B, G, R": (array, {}),
        "R, G, B": (array[..., ::-1].copy(), {"rgb": True}),
        "mirrored view": (array[:, ::-1], {}),
        "grey": (array[..., 1].copy(), {}),
        "path (reading included)": (arguments.picture, {}),
    }
    try:
        from PIL import Image

        kinds["PIL"] = (Image.fromarray(array[..., ::-1].copy()), {})
    except ImportError:
        pass
    for kind, (picture, options) in kinds.items():
        print(f"  {kind}: {1e3 * beyond(model, picture, arguments.repeats, **options):.3f} ms beyond resize, network and decode")
    sys.exit(result > LIMIT)


if __name__ == "__main__":
    main()
