#!/usr/bin/env python3
"""The people on many pictures, by the workers of a Dask cluster: a line of JSON for each picture, in the order of their names.

    dask-scheduler &
    dask-worker tcp://HOST:8786 --nworkers 4 --nthreads 1                    # on each machine
    people.py --scheduler tcp://HOST:8786 --model /shared/thin.sinew -o people.jsonl /shared/pictures
    people.py --workers 4 --model thin.sinew -o people.jsonl pictures        # all on this machine

The bytes are those of `sinew run pictures --write-jsonl people.jsonl`. A worker that dies leaves its pictures to the others.
"""
import argparse
import functools
import json
import os
import pathlib

import distributed
import sinew

# Enough that the scheduler, which takes a fraction of a millisecond for each task, is never what is waited for.
PICTURES_A_TASK = 16
# Results are small; this many tasks keep hundreds of workers busy.
TASKS_AHEAD = 4096


def find_people(model, options, pictures):
    """The lines of these pictures. One that cannot be read ends the run, with its name."""
    worker, wanted = distributed.get_worker(), (model, options)
    if getattr(worker, "pose_network", (None,))[0] != wanted:  # once a process; weights are mapped, and shared by those of a machine
        worker.pose_network = wanted, sinew.load(model, threads=1, **options)
    network = worker.pose_network[1]
    return "".join(network(picture).to_json() for picture in pictures)


def analyse(client, model, pictures, output, **options):
    """Writes the lines of all pictures to `output`, which appears when they are all there."""
    tasks = [pictures[i : i + PICTURES_A_TASK] for i in range(0, len(pictures), PICTURES_A_TASK)]
    submit = functools.partial(client.submit, find_people, model, options, pure=False)
    futures = {}
    part = pathlib.Path(f"{output}.part")
    with open(part, "w", encoding="utf-8") as lines:
        for number in range(len(tasks)):
            for ahead in range(number, min(number + TASKS_AHEAD, len(tasks))):
                if ahead not in futures:
                    futures[ahead] = submit(tasks[ahead])
            lines.write(futures[number].result())
            futures[number] = None  # the cluster may forget it
        lines.flush()
        os.fsync(lines.fileno())
    part.rename(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=pathlib.Path, help="a folder, which all workers see under this name")
    parser.add_argument("--model", required=True)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a keyword of sinew.load, its value as JSON")
    parser.add_argument("--scheduler", help="the address of a cluster")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="without --scheduler: processes on this machine")
    arguments = parser.parse_args()
    pictures = [str(path) for path in sorted(arguments.pictures.iterdir()) if path.suffix in (".jpg", ".jpeg", ".png")]
    if not pictures:
        parser.error(f"{arguments.pictures}: there is no .jpg, .jpeg or .png")
    if arguments.scheduler:
        client = distributed.Client(arguments.scheduler)
    else:
        client = distributed.Client(n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None)
    with client:
        options = {name: json.loads(value) for name, value in (pair.split("=", 1) for pair in arguments.set)}
        analyse(client, arguments.model, pictures, arguments.output, **options)
    print(f"{arguments.output}: {len(pictures)} pictures")


if __name__ == "__main__":
    main()
