#!/usr/bin/env python3
"""sinew serve under load, beside sinew run and what queueing theory says.

    load.py PICTURE [--model MODEL] [--build build/release] [--seconds 20] [--json FILE]

One run measures, in turn on the same machine: sinew run's pictures a second; the server's with as many clients as keep it
busy; latency at 80 % of that, requests coming at random (Poisson), beside an M/D/c queue with the measured service time;
what is answered in time at twice the load; the time a request takes beyond the stages that the server reports. Where
figures are beside each other, they are of the same run.
"""
import argparse
import asyncio
import atexit
import heapq
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from client import closed_loop, open_loop, post


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def poisson(rate, seconds, seed):
    generator, now, arrivals = random.Random(seed), 0.0, []
    while True:
        now += generator.expovariate(rate)
        if now > seconds:
            return arrivals
        arrivals.append(now)


def mdc_latencies(arrivals, service, servers):
    """Of a queue with these arrivals, constant service times and so many servers: first come, first served."""
    free = [0.0] * servers
    heapq.heapify(free)
    latencies = []
    for arrival in arrivals:
        start = max(arrival, heapq.heappop(free))
        heapq.heappush(free, start + service)
        latencies.append(start + service - arrival)
    return latencies


class Server:
    def __init__(self, build, model, *arguments):
        self.process = subprocess.Popen([build / "bin/sinew-serve", "--model", model, "--port", "0", "--grpc-port", "-1", *arguments], stderr=subprocess.PIPE, text=True)
        atexit.register(self.stop)
        self.port = None
        for line in self.process.stderr:
            found = re.search(r"listening on http://127.0.0.1:(\d+)", line)
            self.port = int(found.group(1)) if found else self.port
            if "try: curl" in line:
                break
        if self.port is None:
            sys.exit("the server did not start")

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as response:
            return response.read().decode()

    def metric(self, name):
        found = re.search(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", self.metrics(), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def run_throughput(build, model, picture, count):
    """Pictures a second of sinew run, by the same pictures a number of times: the slope, so that loading does not count."""
    with tempfile.TemporaryDirectory() as folder:
        for i in range(count):
            os.symlink(picture.resolve(), f"{folder}/{i:05}{picture.suffix}")
        seconds = []
        for part in (count // 4, count):
            names = [f"{folder}/{i:05}{picture.suffix}" for i in range(part)]
            start = time.perf_counter()
            subprocess.run([build / "bin/sinew", "run", *names, "--model", model.split("@")[0], *(["--net-resolution", model.split("@")[1]] if "@" in model else []), "-q",
                            "--write-jsonl", "/dev/null"], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - start)
    return (count - count // 4) / (seconds[1] - seconds[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=pathlib.Path)
    parser.add_argument("--model", default="mobilenet_thin@432x368")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"))
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--processors", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    server = Server(options.build, options.model, "--max-queue", str(4 * options.processors), "--processors", str(options.processors))
    request = post("/v1/people", options.picture.read_bytes(), "a")
    host, port, figures = "127.0.0.1", server.port, {}

    def closed(clients, count):
        return asyncio.run(closed_loop(host, port, request, clients, count))

    closed(options.processors, 8)  # warm
    alone, _ = closed(1, max(10, int(options.seconds * 2)))
    figures["alone_p50_ms"] = 1000 * statistics.median(seconds for _, seconds in alone)
    results, seconds = closed(2 * options.processors, max(20, int(options.seconds / figures["alone_p50_ms"] * 1000)))
    assert all(status == 200 for status, _ in results), "a request failed"
    capacity = figures["served_per_second"] = len(results) / seconds
    figures["run_per_second"] = run_throughput(options.build, options.model, options.picture, max(16, int(capacity * options.seconds / 2)))
    figures["served_to_run"] = capacity / figures["run_per_second"]

    arrivals = poisson(0.8 * capacity, options.seconds, 1)
    results, _ = asyncio.run(open_loop(host, port, request, arrivals))
    figures["at_80_percent_refused"] = sum(status != 200 for status, _ in results)
    latencies = [seconds for status, seconds in results if status == 200]
    queue = mdc_latencies(arrivals, options.processors / capacity, options.processors)
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        figures[f"at_80_percent_{name}_ms"], figures[f"queue_{name}_ms"] = 1000 * percentile(latencies, part), 1000 * percentile(queue, part)
    figures["p99_to_queue"] = figures["at_80_percent_p99_ms"] / figures["queue_p99_ms"]

    memory = server.metric("process_resident_memory_bytes")
    results, seconds = asyncio.run(open_loop(host, port, request, poisson(2 * capacity, options.seconds, 2)))
    figures["overload_goodput"] = sum(status == 200 for status, _ in results) / seconds / capacity
    figures["overload_refused"] = sum(status == 503 for status, _ in results)
    figures["overload_other"] = sum(status not in (200, 503) for status, _ in results)
    figures["overload_memory_growth"] = server.metric("process_resident_memory_bytes") / memory - 1

    # What a request costs besides its stages: alone, what the client sees less what the server says.
    extra = []
    for _ in range(30):
        start = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/v1/people", data=options.picture.read_bytes())) as response:
            answer = json.load(response)
        extra.append(1000 * (time.perf_counter() - start) - sum(answer["milliseconds"].values()))
    figures["overhead_ms"] = statistics.median(extra)
    server.stop()
    for name, value in figures.items():
        print(f"{name:28} {value:10.3f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
