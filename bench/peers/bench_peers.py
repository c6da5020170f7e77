#!/usr/bin/env python3
"""Compares sinew with other engines: the same network, the same input, in turns.

Every engine runs in a process of its own. First each computes the network once, and its output is compared with sinew's:
one that computes something else is reported and not ranked. Then, in every round, each engine has a turn, alone on the
machine; the order shifts by one from round to round. A turn that other processes disturbed is repeated.
"""
import argparse
import array
import json
import math
import os
import pathlib
import platform
import statistics
import sys
import textwrap
import time

from client import Client, WorkerError
from engines import FINDERS, find_engines
from networks import Preparation

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A turn lasts about this long, or one run: what an engine does once a turn, waking up and filling caches, must not count
# against the fast.
TURN_SECONDS = 2.0
# Before it the machine must have been quiet for this long. The threads of the engine that had the turn before spin for
# some milliseconds in case of more work.
QUIET_SECONDS = 0.2
# What other processes may use of the machine: about what its housekeeping needs.
MAX_OTHERS_SHARE = 0.05
REFERENCE = "sinew"
# By precision: what errs by more computes something else.
TOLERANCES = {"fp32": 1e-3, "bf16": 0.1, "int8": 0.5}
EXIT_SKIPPED = 77  # for ctest


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="Example:\n  bench_peers.py mobilenet_thin cmu --threads 1 2 --rounds 20 --json peers.json\n"
                                            "  bench_peers.py mobilenet_thin --precision fp32 bf16 int8 --calibrate photos")
    parser.add_argument("models", nargs="*", default=["mobilenet_thin", "mobilenet_v2_small", "cmu", "openpose_body_25"],
                        metavar="MODEL",
                        help="names of the zoo or graphs (default: mobilenet_thin mobilenet_v2_small cmu openpose_body_25)")
    parser.add_argument("--resolution", metavar="WxH", help="network resolution (default: the zoo's, of each model)")
    parser.add_argument("--threads", type=int, nargs="+", default=[len(os.sched_getaffinity(0))], metavar="T")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--engines", nargs="+", choices=FINDERS, default=list(FINDERS), metavar="ENGINE", help=", ".join(FINDERS))
    parser.add_argument("--precision", nargs="+", choices=TOLERANCES, default=["fp32"], metavar="P",
                        help=f"of the engines that are compared: {', '.join(TOLERANCES)} (default: fp32)")
    parser.add_argument("--calibrate", type=pathlib.Path, metavar="DIR", help="pictures to calibrate int8 by")
    parser.add_argument("--tolerance", type=float,
                        help="relative RMS difference from sinew's output in fp32 (default: 1e-3 in fp32, 0.1 in bf16, 0.5 in int8)")
    parser.add_argument("--patience", type=float, default=600, metavar="SECONDS",
                        help="how long, in all, to wait for the machine to be quiet and repeat disturbed turns (default: 600)")
    parser.add_argument("--check", action="store_true",
                        help="only compare the outputs: exit code 1 if one is wrong, 77 if there is no other engine")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="everything measured, as JSON")
    parser.add_argument("--sinew", type=pathlib.Path, default=ROOT / "build/release/bin/sinew", metavar="PROGRAM")
    parser.add_argument("--sinew-worker", type=pathlib.Path, default=ROOT / "build/release/bin/sinew_worker", metavar="PROGRAM")
    parser.add_argument("--npm-folder", type=pathlib.Path, default=ROOT / "build/peers", help="where node_modules lies")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/peers/work", help="folder for what is made")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or min(arguments.threads) < 1:
        parser.error("--rounds and --threads must be 1 or more")
    return arguments


def read_floats(path):
    values = array.array("f")
    values.frombytes(path.read_bytes())
    return values


def relative_rms(values, reference):
    if len(values) != len(reference):
        raise WorkerError(f"its output has {len(values)} values, sinew's {len(reference)}")
    difference, scale = math.fsum((a - b) ** 2 for a, b in zip(values, reference)), math.fsum(b * b for b in reference)
    if not scale > 0:
        raise WorkerError("there is nothing to compare with: the expected output is all zeros")
    return math.sqrt(difference / scale)


class Watch:
    """What share of the machine processes other than those of `clients` use from the start of the watch on."""

    def __init__(self, clients):
        self.clients = clients
        self.start, self.ticks = time.monotonic(), self.others_ticks()

    def others_ticks(self):
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        busy = sum(fields) - fields[3] - fields[4]  # without idle and waiting for disks
        return busy - sum(client.cpu_ticks() for client in self.clients)

    def others_share(self):
        elapsed = (time.monotonic() - self.start) * os.sysconf("SC_CLK_TCK") * os.cpu_count()
        return max(0.0, (self.others_ticks() - self.ticks) / elapsed)


def processor_name():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


class Patience:
    """How long to wait for quiet, and what came of it."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.repeated, self.worst_share = 0, 0.0

    def left(self):
        return self.end - time.monotonic()


class Comparison:
    """One network with one number of threads."""

    def __init__(self, preparation, network, engines, threads, tolerance):
        self.network, self.threads = network, threads
        self.rows, self.clients = [], []
        reference = None
        for engine in engines:
            row = {"network": network.label, "engine": engine.name, "precision": engine.precision, "threads": threads, "ms": []}
            allowed = tolerance or TOLERANCES[engine.precision]
            self.rows.append(row)
            client = Client(engine, network.folder / f"{engine.name}.log")
            try:
                output = self.first_output(preparation, engine, client, row)
                if engine.name == REFERENCE:
                    reference = output
                row["relative_rms"] = relative_rms(output, reference)
                if not row["relative_rms"] <= allowed:
                    raise WorkerError(f"computes something else: relative RMS {row['relative_rms']:.2g} from sinew's output")
            except WorkerError as error:
                row["error"] = textwrap.shorten(str(error), 200)
                client.close()
                continue
            self.clients.append((client, row))

    def first_output(self, preparation, engine, client, row):
        row["bytes_before_load"] = client.peak_bytes()
        loaded = client.ask(do="load", model=str(preparation.model_file(self.network, engine)),
                            input=str(preparation.input_file(self.network)), shape=self.network.shape, threads=self.threads)
        row["version"] = loaded["version"]
        client.ask(do="run", count=1)
        self_paced = client.ask(do="run", count=2)["ms"]
        row["runs_a_turn"] = max(1, min(20, round(TURN_SECONDS * 1e3 / self_paced[-1])))
        path = self.network.folder / f"{engine.name}.f32"
        client.ask(do="save", path=str(path))
        return read_floats(path)

    def measure(self, rounds, patience):
        for number in range(rounds):
            shift = number % len(self.clients)
            for client, row in self.clients[shift:] + self.clients[:shift]:
                self.take_turn(client, row, patience)

    def take_turn(self, client, row, patience):
        while True:
            while patience.left() > 0 and self.others_share_of_a_moment() > MAX_OTHERS_SHARE:
                pass
            watch = Watch([client for client, _ in self.clients])
            times = client.ask(do="run", count=row["runs_a_turn"])["ms"]
            share = watch.others_share()
            if share <= MAX_OTHERS_SHARE or patience.left() <= 0:
                break
            patience.repeated += 1
        row["ms"] += times
        patience.worst_share = max(patience.worst_share, share)

    def others_share_of_a_moment(self):
        """Spinning threads of the engines count as others here: they would disturb, too."""
        watch = Watch([])
        time.sleep(QUIET_SECONDS)
        return watch.others_share()

    def close(self):
        for client, row in self.clients:
            row["peak_bytes"] = client.peak_bytes()
            client.close()


def summarise(row, network, sinew_ms):
    row["median_ms"], row["min_ms"] = statistics.median(row["ms"]), min(row["ms"])
    row["ratio"] = row["median_ms"] / sinew_ms
    row["gflops"] = 2 * network.multiply_adds / row["median_ms"] / 1e6
    return row


def print_table(rows):
    form = "{:<34} {:<16} {:>9} {:>10} {:>7} {:>10} {:>10} {:>8} {:>9} {:>10} {:>11}"
    print(form.format("network", "engine", "precision", "version", "threads", "median ms", "min ms", "ratio", "GFLOP/s", "peak MB", "difference"))
    # One class after another, the fastest of each first.
    for row in sorted(rows, key=lambda row: (list(TOLERANCES).index(row["precision"]), row.get("median_ms", math.inf))):
        version = row.get("version", "?")
        if "error" in row:
            print(f"{row['network']:<34} {row['engine']:<16} {row['precision']:>9} {version:>10} {row['threads']:>7}  not ranked: {row['error']}")
            continue
        print(form.format(row["network"], row["engine"], row["precision"], version, row["threads"], f"{row['median_ms']:.1f}",
                          f"{row['min_ms']:.1f}", f"{row['ratio']:.2f}", f"{row['gflops']:.0f}", f"{row['peak_bytes'] / 1e6:.0f}",
                          f"{row['relative_rms']:.1e}"))
    print("ratio: median over that of sinew in the same precision. difference: relative RMS from sinew's output in fp32. GFLOP/s: of the convolutions done directly. peak MB: resident, the engine's process alone.")


def compare(arguments, preparation, engines, patience):
    """Yields the rows of each network and number of threads once they are measured."""
    # What is wrong with one of them shows before the first is measured.
    networks = [preparation.network(model, arguments.resolution) for model in arguments.models]
    for network in networks:
        for threads in arguments.threads:
            fitting = [engine for engine in engines if network.is_for(engine)]
            comparison = Comparison(preparation, network, fitting, threads, arguments.tolerance)
            failed = next((row for row in comparison.rows if row["engine"] == REFERENCE and "error" in row), None)
            if failed is not None:
                comparison.close()
                sys.exit(f"{network.label}: sinew: {failed['error']}")
            if not arguments.check:
                print(f"{network.label}, {threads} threads: {arguments.rounds} rounds of {len(comparison.clients)} engines", flush=True)
                comparison.measure(arguments.rounds, patience)
            comparison.close()
            if not arguments.check:
                ranked = [row for row in comparison.rows if "error" not in row]
                sinew_ms = {row["precision"]: statistics.median(row["ms"]) for row in reversed(ranked) if row["engine"].startswith("sinew")}
                for row in ranked:
                    # Where sinew has no such precision here, over its floats.
                    summarise(row, network, sinew_ms.get(row["precision"], sinew_ms["fp32"]))
            yield comparison.rows


def is_asked_for(name, arguments):
    """What is compared with is there in any case."""
    precision = next((p for p in TOLERANCES if name.endswith("-" + p)), "fp32")
    return name == REFERENCE or precision in arguments.precision


def check_only(rows):
    for row in rows:
        print(f"{row['network']}: {row['engine']}, {row['threads']} threads: "
              + (row["error"] if "error" in row else f"relative RMS {row['relative_rms']:.2g} from sinew's output"))
    if any("error" in row for row in rows):
        return 1
    return EXIT_SKIPPED if all(row["engine"].startswith("sinew") for row in rows) else 0


def main():
    arguments = parse_arguments()
    names = [REFERENCE] + [name for name in FINDERS if name in arguments.engines and name != REFERENCE]
    engines = find_engines([name for name in names if is_asked_for(name, arguments)], arguments)
    if not engines or engines[0].name != REFERENCE:
        return 1
    preparation = Preparation(arguments.sinew, arguments.work, smooth=arguments.precision != ["fp32"])
    patience = Patience(arguments.patience)
    rows = []
    for compared in compare(arguments, preparation, engines, patience):
        rows += compared
        if arguments.check:
            continue
        print()
        print_table(compared)
        sys.stdout.flush()
        if arguments.json:
            report = {"processor": processor_name(), "processors": os.cpu_count(), "others_share": patience.worst_share, "repeated_turns": patience.repeated, "rows": rows}
            arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    if arguments.check:
        return check_only(rows)
    print(f"{processor_name()}, {os.cpu_count()} processors. Other processes used at most {patience.worst_share:.0%} of them "
          f"during a turn that counts; {patience.repeated} disturbed turns were repeated.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
