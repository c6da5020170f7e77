#!/usr/bin/env python3
"""What a store and a queue deliver, and what a run over a store costs beside one from disk. On an idle machine:

    measure.py rate  SINEW S3RVER --model cmu --pictures DIR [--rounds 5] [--require 0.95]
    measure.py store SINEW S3RVER --model MODEL [--objects 2000] [--processes 1 2 4]
    measure.py queue SINEW --model MODEL [--tasks 20000] [--workers 1 2 4]

rate   pictures a second from s3rver on this machine over those from the disk, in turns, medians of the rounds
store  objects a second that runs side by side take from one s3rver: they hold no picture, so that nothing else is done
queue  tasks a second that `sinew submit` puts, and that workers take, store the result of, and acknowledge: tasks name what
       is not there, so that nothing else is done. NATS keeps everything on its disk.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/store"))
import servers  # noqa: E402


def store_environment(url):
    return {**os.environ, "AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET, "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_DISABLED": "true", "no_proxy": "*"}


def put(url, key, data):
    request = urllib.request.Request(f"{url}/test/{urllib.parse.quote(key)}", data=data, method="PUT")
    urllib.request.urlopen(request).close()


@contextlib.contextmanager
def folder_with_store(s3rver):
    with tempfile.TemporaryDirectory(prefix="sinew-measure-") as folder:
        store = servers.S3rver(s3rver, pathlib.Path(folder) / "store")
        try:
            yield pathlib.Path(folder), store
        finally:
            store.stop()


def run(sinew, arguments, folder, environment, allowed=(0,)):
    """What `sinew run` says of itself."""
    line = [sinew, "run", *arguments, "--json", "--no-fsync"]
    result = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if result.returncode not in allowed:
        sys.exit(f"{' '.join(map(str, line))}: exit code {result.returncode}\n{result.stderr[-2000:]}")
    return json.loads(result.stdout)


def measure_rate(options):
    pictures = sorted(path for path in options.pictures.iterdir() if path.suffix in (".jpg", ".png"))
    if not pictures:
        sys.exit(f"{options.pictures}: there is no .jpg or .png")
    with folder_with_store(options.s3rver) as (folder, store):
        names = {"disk": [], "store": []}
        for number in range(options.count):
            path = pictures[number % len(pictures)]
            put(store.url, f"in/{number:06}{path.suffix}", path.read_bytes())
            (folder / "in").mkdir(exist_ok=True)
            shutil.copy(path, folder / f"in/{number:06}{path.suffix}")
        inputs = {"disk": "in", "store": "s3://test/in/"}
        environment = store_environment(store.url)
        for number in range(options.rounds + 1):  # the first warms up: compiles, fills caches
            for kind, name in inputs.items():
                report = run(options.sinew, [name, "--model", options.model, "--write-jsonl", f"{kind}.jsonl"], folder, environment)
                if number > 0:
                    names[kind].append(report["frames"] / report["seconds"])
        disk, there = (statistics.median(names[kind]) for kind in ("disk", "store"))
        same = [json.loads(line)["people"] for line in (folder / "disk.jsonl").open()] == [
            json.loads(line)["people"] for line in (folder / "store.jsonl").open()]
    if not same:
        sys.exit("the people differ")
    print(f"from disk {disk:.2f} pictures/s, from the store {there:.2f}: {100 * there / disk:.1f} %")
    if there < options.require * disk:
        sys.exit(f"asked for {100 * options.require:.0f} %")


def measure_store(options):
    with folder_with_store(options.s3rver) as (folder, store):
        data = b"\x89PNG\r\n\x1a\n" + bytes(options.bytes)
        for number in range(options.objects):
            put(store.url, f"p/{number:06}.png", data)
        for processes in options.processes:
            line = [options.sinew, "run", "s3://test/p/", "--model", options.model, "--json", "--no-fsync", "--cores", "1"]
            begin = time.monotonic()
            running = [subprocess.Popen([*line, "--write-jsonl", f"{number}.jsonl"], cwd=folder, env=store_environment(store.url),
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for number in range(processes)]
            reports = [json.loads(process.communicate()[0]) for process in running]
            seconds = time.monotonic() - begin
            assert all(report["frames"] == report["failed"] == options.objects for report in reports), reports
            print(f"{processes} at a time: {processes * options.objects / seconds:.0f} objects of {len(data)} bytes/s")


class Nats:
    def __init__(self, folder):
        self.port, self.monitor = servers.free_port(), servers.free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(["nats-server", "-a", "127.0.0.1", "-p", str(self.port), "-m", str(self.monitor), "-js", "-sd",
                                         str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        servers.wait_for(self.port)
        servers.wait_for(self.monitor)

    def left(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/jsz?streams=true") as answer:
            accounts = json.load(answer).get("account_details", [])
        return next(stream["state"]["messages"] for account in accounts for stream in account["stream_detail"]
                    if stream["name"] == "sinew")


def measure_queue(options):
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    # Nothing listens there.
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = ["--s3-endpoint", f"http://127.0.0.1:{unused.getsockname()[1]}", "--s3-attempts", "1"]
        for workers in options.workers:
            with tempfile.TemporaryDirectory(prefix="sinew-measure-") as name:
                folder = pathlib.Path(name)
                nats = Nats(folder / "jetstream")
                (folder / "list").write_text("".join(f"s3://none/{number:08}.png\n" for number in range(options.tasks)))
                flags = ["--nats", nats.url, *nowhere]
                begin = time.monotonic()
                subprocess.run([options.sinew, "submit", "@list", "--no-follow", "-q", *flags], cwd=folder, env=environment, check=True,
                               stdout=subprocess.DEVNULL)
                submitted = time.monotonic() - begin
                running = [subprocess.Popen([options.sinew, "worker", "--model", options.model, "--cores", "8", "-q", *flags],
                                            cwd=folder, env=environment, stderr=subprocess.DEVNULL) for _ in range(workers)]
                try:
                    while nats.left() == options.tasks:
                        time.sleep(0.01)
                    begin, first = time.monotonic(), nats.left()
                    while left := nats.left():
                        if any(process.poll() is not None for process in running):
                            sys.exit("a worker has ended")
                        time.sleep(0.05)
                    assert left == 0
                    worked = time.monotonic() - begin
                    begin = time.monotonic()
                    subprocess.run([options.sinew, "submit", "@list", "--write-jsonl", "r.jsonl", "-q", *flags], cwd=folder,
                                   env=environment, check=False, stdout=subprocess.DEVNULL)
                    followed = time.monotonic() - begin
                    assert sum(1 for _ in (folder / "r.jsonl").open()) == options.tasks
                finally:
                    for process in running:
                        process.kill()
                        process.wait()
                    nats.process.kill()
                    nats.process.wait()
                print(f"{workers} workers of 8 lanes: {first / worked:.0f} tasks/s taken, stored and acknowledged; submitted "
                      f"{options.tasks / submitted:.0f}/s; submitted again and all results followed in {followed:.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    rate, store, queue = (kinds.add_parser(kind) for kind in ("rate", "store", "queue"))
    for kind in (rate, store, queue):
        kind.add_argument("sinew", type=lambda path: str(pathlib.Path(path).resolve()))
    for kind in (rate, store):
        kind.add_argument("s3rver", type=lambda path: str(pathlib.Path(path).absolute()))
    for kind in (rate, store, queue):
        kind.add_argument("--model", required=True)
    rate.add_argument("--pictures", type=pathlib.Path, required=True)
    rate.add_argument("--count", type=int, default=40, help="pictures a round; those of the folder come again and again")
    rate.add_argument("--rounds", type=int, default=5)
    rate.add_argument("--require", type=float, default=0)
    store.add_argument("--objects", type=int, default=2000)
    store.add_argument("--bytes", type=int, default=100_000)
    store.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    queue.add_argument("--tasks", type=int, default=20000)
    queue.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    {"rate": measure_rate, "store": measure_store, "queue": measure_queue}[options.kind](options)


if __name__ == "__main__":
    main()
