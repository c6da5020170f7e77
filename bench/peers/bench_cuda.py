#!/usr/bin/env python3
"""Compares sinew with PyTorch on a GPU: the same network, the same pictures, in turns, in one run.

  network    one batch on the GPU, from input tensor to maps
  latency    one picture in memory to people: resize, upload, network, download, decoding
  sequence   many pictures in memory to people, as many per second as can be

Both resize as OpenCV does (INTER_CUBIC) and decode with the same parameters, sinew on the GPU, PyTorch's maps on the processor
(map_decoder.py). A network with made-up weights finds nobody: both then decode the same stand-in maps, made by another model.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import types

from client import Client, WorkerError

HERE = pathlib.Path(__file__).resolve().parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", required=True, metavar="PROGRAM", help="sinew-cuda-worker")
    parser.add_argument("--pose-check", required=True, metavar="PROGRAM", help="sinew-pose-check, which exports the network")
    parser.add_argument("--model", required=True, metavar="GRAPH")
    parser.add_argument("--people-model", metavar="GRAPH", help="makes stand-in maps for both; default: each decodes its own")
    parser.add_argument("--resolution", default="656x368", metavar="WxH")
    parser.add_argument("--pictures", required=True, type=pathlib.Path, metavar="FOLDER", help="of *.ppm")
    parser.add_argument("--precision", default="fp16")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32], metavar="N", help="of the network alone and the sequence")
    parser.add_argument("--streams", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=10, help="measurements in a turn")
    parser.add_argument("--tuning", default="", metavar="FILE")
    parser.add_argument("--device", default="cuda", help="of PyTorch: cuda, or cpu to try this program out")
    parser.add_argument("--sinew-device", default="cuda")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    return parser.parse_args()


def start(name, command, folder):
    return Client(types.SimpleNamespace(name=name, command=command), folder / f"{name}.log")


def summary(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "count": len(values)}


class Comparison:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.size = [int(side) for side in arguments.resolution.split("x")]
        self.onnx = folder / "network.onnx"
        subprocess.run([arguments.pose_check, "export", "--model", arguments.model, "--resolution", arguments.resolution, "-o", self.onnx],
                       check=True)
        self.sinew = start("sinew", [arguments.worker], folder)
        self.torch = start("torch", [sys.executable, str(HERE / "torch_cuda_worker.py")], folder)
        self.stand_in = self.make_stand_in() if arguments.people_model else None
        self.results = {"network": arguments.model, "resolution": arguments.resolution, "precision": arguments.precision}

    def load_sinew(self, model, batch, streams, stand_in, pictures=None, precision=None):
        return self.sinew.ask(do="load", model=str(model), resolution=self.size, precision=precision or self.arguments.precision,
                              batch=batch, streams=streams, pictures=str(pictures or self.arguments.pictures),
                              tuning=self.arguments.tuning, stand_in=stand_in, device=self.arguments.sinew_device)

    def load_torch(self, batch):
        return self.torch.ask(do="load", model=str(self.onnx), resolution=self.size, precision=self.arguments.precision, batch=batch,
                              pictures=str(self.arguments.pictures), stand_in=self.stand_in, device=self.arguments.device)

    def make_stand_in(self):
        """Maps of the picture on which the other model finds the most people."""
        model, precision = self.arguments.people_model, "fp32"
        self.load_sinew(model, 1, 1, None, precision=precision)
        people = self.sinew.ask(do="people")["people"]
        best = max(range(len(people)), key=lambda i: len(people[i]))
        chosen = self.folder / "chosen"
        chosen.mkdir()
        source = sorted(self.arguments.pictures.glob("*.ppm"))[best]
        (chosen / source.name).write_bytes(source.read_bytes())
        self.load_sinew(model, 1, 1, None, pictures=chosen, precision=precision)
        path = self.folder / "maps.f32"
        self.sinew.ask(do="maps", path=str(path))
        return str(path)

    def compare(self):
        for batch in self.arguments.batches:
            loaded = self.load_sinew(self.arguments.model, batch, self.arguments.streams, self.stand_in)
            other = self.load_torch(batch)
            self.results |= {"device": loaded["device"], "sinew": loaded["version"],
                             "torch": other["version"], "torch_device": other["device"]}
            if batch == self.arguments.batches[0]:
                self.compare_people()
            entry = self.results.setdefault(f"batch_{batch}", {})
            self.compare_times("network", batch, other["ways"], entry)
            if batch == 1:
                self.compare_times("latency", batch, other["ways"], entry)
            self.compare_sequences(batch, other["ways"], entry)

    def compare_people(self):
        counts = [[len(found) for found in worker.ask(do="people")["people"]] for worker in (self.sinew, self.torch)]
        self.results["people"] = {"sinew": sum(counts[0]), "torch": sum(counts[1]), "pictures": len(counts[0])}

    def compare_times(self, what, batch, ways, entry):
        """Turn by turn; the order shifts from round to round."""
        turns = [("sinew", self.sinew, {})] + [(f"torch {way}", self.torch, {"way": way}) for way in ways]
        times = {name: [] for name, _, _ in turns}
        for name, worker, more in turns:  # the first runs of all are not counted
            worker.ask(do=what, count=3, **more)
        for number in range(self.arguments.rounds):
            shift = number % len(turns)
            for name, worker, more in turns[shift:] + turns[:shift]:
                count = self.arguments.count if batch == 1 else max(3, self.arguments.count // 4)
                times[name] += worker.ask(do=what, count=count, **more)["ms"]
        entry[what] = {name: summary(values) for name, values in times.items()}
        ours = entry[what]["sinew"]["median"]
        for name, values in entry[what].items():
            values["ms_a_picture"] = values["median"] / batch
            values["times_sinew"] = values["median"] / ours
            print(f"{what}, batch {batch}: {name}: {values['median']:.3f} ms ({values['least']:.3f} to {values['most']:.3f}), "
                  f"{values['times_sinew']:.2f} times sinew's", flush=True)

    def compare_sequences(self, batch, ways, entry):
        count = max(20 * self.arguments.count, 12 * batch)
        way = ways[-1]
        self.sinew.ask(do="sequence", count=2 * batch)
        self.torch.ask(do="sequence", count=2 * batch, way=way)
        rates = {"sinew": [], f"torch {way}": []}
        for _ in range(2):
            answer = self.sinew.ask(do="sequence", count=count)
            rates["sinew"].append(count / answer["seconds"])
            rates[f"torch {way}"].append(count / self.torch.ask(do="sequence", count=count, way=way)["seconds"])
        stages = answer["stages"]
        processor, device = stages["staging"] + stages["assembly"], sum(stages[s] for s in ("resize", "network", "decode"))
        shares = {"the processor (staging, assembly)": processor, "the copy to the GPU": stages["upload"],
                  "the GPU (resize, network, decoding)": device}
        limit = max(shares, key=shares.get)
        entry["sequence"] = {name: {"pictures_a_second": max(values)} for name, values in rates.items()}
        entry["sequence"] |= {"stages_ms_a_picture": stages, "limited_by": limit, "streams": self.arguments.streams}
        print(f"sequence, batch {batch}: " + ", ".join(f"{name} {max(values):.0f}" for name, values in rates.items()) +
              " pictures a second; sinew's stages, ms a picture: " + ", ".join(f"{s} {t:.3f}" for s, t in stages.items()) +
              f"; limit: {limit}", flush=True)


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        comparison = None
        code = 0
        try:
            comparison = Comparison(arguments, pathlib.Path(folder))
            comparison.compare()
        except (WorkerError, subprocess.CalledProcessError) as error:
            print(f"bench_cuda: {error}", file=sys.stderr)
            code = 1
        if comparison:
            people = comparison.results.get("people")
            print(f"on {comparison.results.get('device')}; people: {people}")
            comparison.sinew.close()
            comparison.torch.close()
            if arguments.json:
                arguments.json.write_text(json.dumps(comparison.results, indent=1) + "\n")
        sys.exit(code)


main()
