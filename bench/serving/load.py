#!/usr/bin/env python3
"""sinew serve under load, beside sinew run, what queueing theory says, and the usual stack.

    load.py PICTURE [--model mobilenet_thin@432x368] [--seconds 30] [--rounds 3] [--usual-stack] [--json FILE] [--markdown FILE]
    load.py PICTURE --seconds 2 --rounds 1            a try

One run measures, in turn on the same machine: pictures a second of the server with as many clients as keep it busy, and of sinew run
(median of rounds, one after the other); latency at 80 % of that, requests coming at random (Poisson), beside an M/D/c queue to which
the same requests come and which serves each in the time that the server's stages took; what is answered within a second at twice
the load, and memory meanwhile; what a request costs beyond reading, network and people; how soon after kill -9 a new server answers.
With --usual-stack the same network behind FastAPI and PyTorch (usual_stack.py) has the same phases, as one process and as one for
each processor. The client is in this process: its share of a processor, and how far it was behind at most, are figures of each phase.
"""
import argparse
import heapq
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from client import Client, post
from servers import SinewServe, UsualStack

COMPUTE = ("read", "resize", "network", "decode", "draw")
IN_TIME = 1.0  # seconds within which an answer at twice the load is worth something


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def poisson(rate, seconds, seed):
    generator, now, arrivals = random.Random(seed), 0.0, []
    while (now := now + generator.expovariate(rate)) < seconds:
        arrivals.append(now)
    return arrivals or [0.0]


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


class MemoryWatch:
    """The most memory that a server takes while this lasts, and what it takes at the end."""

    def __init__(self, server):
        self.server, self.ended = server, threading.Event()
        self.most = self.before = server.memory()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.ended.wait(0.1):
            self.most = max(self.most, self.server.memory())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


class Load:
    """The phases that any server has which answers POST /v1/people."""

    def __init__(self, server, request, options):
        self.server, self.request, self.options = server, request, options
        self.client = Client("127.0.0.1", server.port)
        self.figures = {"name": server.name, "client_processors": {}, "client_behind_ms": {}}

    def note(self, phase, what):
        self.figures["client_processors"][what] = round(phase.client_processors, 4)
        self.figures["client_behind_ms"][what] = round(1e3 * phase.behind, 3)
        return phase

    def warm_up(self):
        self.client.closed_loop(self.request, 2 * self.options.processors, count=8 * self.options.processors)

    def alone(self):
        phase = self.note(self.client.closed_loop(self.request, 1, seconds=self.options.seconds / 3), "alone")
        self.figures["alone_p50_ms"] = 1e3 * percentile([reply.seconds for reply in phase.good()], 0.5)
        return phase

    def capacity(self):
        phase = self.note(self.client.closed_loop(self.request, 2 * self.options.processors, seconds=self.options.seconds), "capacity")
        if len(phase.good()) < len(phase.replies) or not phase.replies:
            sys.exit(f"{self.server.name}: {len(phase.replies) - len(phase.good())} of {len(phase.replies)} requests failed")
        return len(phase.replies) / phase.seconds

    def at_80_percent(self, capacity):
        arrivals = poisson(0.8 * capacity, self.options.seconds, seed=1)
        phase = self.note(self.client.open_loop(self.request, arrivals, grace=30), "at 80 %")
        latencies = [reply.seconds for reply in phase.good()]
        self.figures.update(at_80_requests=len(arrivals), at_80_failed=len(arrivals) - len(latencies), at_80_p50_ms=1e3 * percentile(latencies, 0.5),
                            at_80_p99_ms=1e3 * percentile(latencies, 0.99))
        return arrivals

    def overload(self, capacity):
        arrivals = poisson(2 * capacity, self.options.seconds, seed=2)
        with MemoryWatch(self.server) as memory:
            phase = self.note(self.client.open_loop(self.request, arrivals, grace=IN_TIME), "at twice the load")
        in_time = [reply for reply in phase.good(IN_TIME) if reply.finished < self.options.seconds]
        refused = sum(reply.status == 503 for reply in phase.replies)
        self.figures.update(overload_goodput=len(in_time) / self.options.seconds / capacity, overload_refused=refused,
                            overload_late_or_lost=len(arrivals) - len(in_time) - refused, overload_p99_ms=1e3 * percentile([r.seconds for r in phase.good()], 0.99),
                            memory_before_mb=memory.before / 1e6, overload_memory_growth_mb=(memory.most - memory.before) / 1e6)


def split_model(text):
    """Of MODEL[@WxH], as the server takes it."""
    model, _, resolution = text.rpartition("@")
    return (model, resolution) if model else (text, "")


def run_throughput(build, model, resolution, picture, count):
    """Pictures a second of sinew run: the slope from a quarter of them to all, so that loading does not count."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for part in (max(1, count // 4), count):
            pictures = pathlib.Path(folder, str(part))
            pictures.mkdir(exist_ok=True)
            for i in range(part):
                (pictures / f"{i:06}{picture.suffix}").symlink_to(picture.resolve())
            command = [build / "bin/sinew", "run", pictures, "--model", model, *(["--net-resolution", resolution] if resolution else []), "-q",
                       "--write-jsonl", f"{folder}/{part}.jsonl"]
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - start)
    return (count - max(1, count // 4)) / max(1e-9, seconds[1] - seconds[0])


def service_seconds(before, after):
    """Of one request between two readings of the server's figures, all stages but waiting."""
    return sum((after[stage][0] - before[stage][0]) / max(1, after[stage][1] - before[stage][1]) for stage in COMPUTE)


def measure_sinew(options, request, start):
    server = start()
    load, figures = Load(server, request, options), {}
    load.warm_up()
    alone = load.alone()
    # The client's own time is in it, and the way there and back: as much as the same request takes that is refused once it is read.
    extra = [1e3 * reply.seconds - sum(reply.stages[stage] for stage in COMPUTE) for reply in alone.good()]
    load.figures["overhead_ms"] = statistics.median(extra)
    refused = load.client.closed_loop(post("/v1/people?threshold=none", options.picture.read_bytes(), "127.0.0.1"), 1, count=200)
    if any(reply.status != 400 for reply in refused.replies):
        sys.exit(f"{server.name}: a threshold that is no number is not refused")
    load.figures["refused_ms"] = 1e3 * statistics.median(reply.seconds for reply in refused.replies)
    served, run, service = [], [], []
    model, resolution = split_model(options.model)
    for i in range(options.rounds):
        before = server.stage_sums()
        served.append(load.capacity())
        service.append(service_seconds(before, server.stage_sums()))
        run.append(run_throughput(options.build, model, resolution, options.picture, max(8, int(served[-1] * options.seconds))))
        say(f"round {i + 1}: served {served[-1]:.2f} a second, sinew run {run[-1]:.2f}")
    capacity = statistics.median(served)
    figures.update(per_second=capacity, run_per_second=statistics.median(run), served_to_run=statistics.median(a / b for a, b in zip(served, run)),
                   served_of_rounds=served, run_of_rounds=run, service_ms=1e3 * statistics.median(service))
    say("80 % of the load")
    arrivals = load.at_80_percent(capacity)
    for name, seconds in (("queue", statistics.median(service)), ("queue_by_capacity", options.processors / capacity)):
        predicted = 1e3 * percentile(mdc_latencies(arrivals, seconds, options.processors), 0.99)
        figures.update({f"{name}_p99_ms": predicted, f"p99_to_{name}": load.figures["at_80_p99_ms"] / predicted})
    say("twice the load")
    load.overload(capacity)
    load.figures.update(figures)
    say("kill -9")
    load.figures["restart_s"] = []
    for _ in range(3):
        server.process.kill()
        server.process.wait()
        begin = time.perf_counter()
        server = start(server.port)
        status = load.client.closed_loop(request, 1, count=1).replies[0].status
        load.figures["restart_s"].append(time.perf_counter() - begin)
        if status != 200:
            sys.exit(f"after kill -9 the server answers {status}")
    server.stop()
    return load.figures


def measure_usual_stack(options, request, folder):
    model, resolution = split_model(options.model)
    found = subprocess.run([options.build / "bin/sinew", "model", "path", model], capture_output=True, text=True)
    graph = found.stdout.strip() if found.returncode == 0 else model
    onnx = pathlib.Path(folder, "model.onnx")
    subprocess.run([options.build / "bin/sinew", "export", graph, *(["--net-resolution", resolution] if resolution else []), "-o", onnx], check=True,
                   stdout=subprocess.DEVNULL)
    measured = []
    for workers in dict.fromkeys((1, options.processors)):
        server = UsualStack(onnx, options.processors, workers)
        say(server.name)
        load = Load(server, request, options)
        load.warm_up()
        load.alone()
        capacity = statistics.median(load.capacity() for _ in range(options.rounds))
        load.figures.update(per_second=capacity, versions=json.loads(server.versions))
        load.at_80_percent(capacity)
        load.overload(capacity)
        server.stop()
        measured.append(load.figures)
    return measured


ROWS = (("per_second", "requests a second", "{:.1f}"), ("alone_p50_ms", "alone, median", "{:.1f} ms"), ("at_80_p50_ms", "at 80 % of its load, median", "{:.0f} ms"),
        ("at_80_p99_ms", "at 80 % of its load, p99", "{:.0f} ms"), ("overload_goodput", "at twice its load: answered within a second, of its capacity", "{:.0%}"),
        ("memory_before_mb", "memory", "{:.0f} MB"), ("overload_memory_growth_mb", "growth at twice the load", "{:.0f} MB"))


def table(measured):
    lines = ["| | " + " | ".join(figures["name"] for figures in measured) + " |", "|---|" + "---|" * len(measured)]
    for key, name, form in ROWS:
        lines.append(f"| {name} | " + " | ".join(form.format(figures[key]) for figures in measured) + " |")
    return "\n".join(lines)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=pathlib.Path)
    parser.add_argument("--model", default="mobilenet_thin@432x368")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"))
    parser.add_argument("--seconds", type=float, default=30, help="of each phase (default: 30)")
    parser.add_argument("--rounds", type=int, default=3, help="of throughput, by turns with sinew run (default: 3)")
    parser.add_argument("--processors", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--usual-stack", action="store_true", help="measure usual_stack.py as well")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="everything measured")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="the table")
    options = parser.parse_args()
    if options.seconds <= 0 or options.rounds < 1 or options.processors < 1:
        parser.error("--seconds, --rounds and --processors must be more than nothing")
    return options


def machine():
    names = [line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {"processor": names[0] if names else platform.machine(), "processors": len(os.sched_getaffinity(0)), "load_before": os.getloadavg()[0],
            "date": time.strftime("%Y-%m-%d", time.gmtime())}


def main():
    options = parse_arguments()
    request = post("/v1/people", options.picture.read_bytes(), "127.0.0.1")
    # The queue is as short as keeps all processors busy: what waits longer is refused.
    arguments = ["--max-queue", 4 * options.processors]
    document = {"machine": machine(), "model": options.model, "picture": options.picture.name, "seconds": options.seconds, "rounds": options.rounds}
    document["servers"] = [measure_sinew(options, request, lambda port=0: SinewServe(options.build, options.model, options.processors, *arguments, port=port))]
    if options.usual_stack:
        with tempfile.TemporaryDirectory() as folder:
            document["servers"] += measure_usual_stack(options, request, folder)
    print(json.dumps(document, indent=1))
    text = table(document["servers"])
    print(text, file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(text + "\n")


if __name__ == "__main__":
    main()
