"""PyTorch on a GPU as a worker of bench_cuda.py: channels-last, cuDNN's benchmark mode, people decoded by map_decoder.py.

It answers what sinew-cuda-worker answers (its source lists the requests), with these differences: "model" is an ONNX file; the
network's ways of running are asked for by "way": "eager" (operation by operation), "graph" (that, as a CUDA graph), "frozen" (traced,
frozen and fused by PyTorch where it can, as a CUDA graph).
"""
import concurrent.futures
import json
import os
import pathlib
import sys
import time

import cv2
import numpy
import torch

import map_decoder
import torch_network

IN_A_ROW = 10


class Worker:
    def load(self, request):
        self.device = request.get("device", "cuda")
        torch.set_grad_enabled(False)
        torch.backends.cudnn.benchmark = True
        self.type = {"fp16": torch.float16, "fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16}[request["precision"]]
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = request["precision"] != "fp32"
        self.width, self.height = request["resolution"]
        self.batch = request["batch"]
        self.pictures = [cv2.imread(str(path)) for path in sorted(pathlib.Path(request["pictures"]).glob("*.ppm"))]
        network = torch_network.OnnxNetwork(request["model"]).eval()
        for name, tensor in network.constants.items():
            if tensor.is_floating_point():
                network.constants[name] = tensor.to(self.device, self.type)
        self.input = torch.zeros(self.batch, self.height, self.width, 3, dtype=self.type, device=self.device)
        self.input.copy_(self.host_input(range(self.batch)))
        self.ways = {"eager": lambda: network(self.input)}
        if self.device == "cuda":
            self.add_graph("graph", lambda: network(self.input))
            try:
                frozen = torch.jit.freeze(torch.jit.trace(network, self.input))
                frozen = torch.jit.optimize_for_inference(frozen)
                self.add_graph("frozen", lambda: frozen(self.input))
            except Exception as error:  # what this version of PyTorch cannot trace, fuse or capture is left out
                print(error, file=sys.stderr)
        self.maps = self.ways["eager"]()
        self.stand_in = None
        if request.get("stand_in"):
            values = torch.from_numpy(numpy.fromfile(request["stand_in"], "<f4")).reshape(1, *self.maps.shape[1:])
            self.stand_in = values.expand_as(self.maps).contiguous().to(self.device, self.type)
        name = torch.cuda.get_device_name() if self.device == "cuda" else "cpu"
        return {"device": name, "version": torch.__version__, "ways": list(self.ways)}

    def add_graph(self, name, run):
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):  # PyTorch wants this before a capture, and cuDNN measures its algorithms here
            for _ in range(4):
                run()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = run()

        def replay():
            graph.replay()
            return result
        self.ways[name] = replay

    def synchronize(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def host_input(self, indices):
        """Pictures resized into the network's input, as a tensor on the processor."""
        size = (self.width, self.height)
        resized = [cv2.resize(self.pictures[i % len(self.pictures)], size, interpolation=cv2.INTER_CUBIC) for i in indices]
        return torch.from_numpy(numpy.stack(resized))

    def maps_of(self, way, indices):
        """The maps of pictures in memory, back in memory."""
        self.input.copy_(self.host_input(indices).to(self.device, non_blocking=True))  # bytes travel, the GPU converts them
        maps = self.ways[way]()
        return (maps if self.stand_in is None else self.stand_in).float().cpu().numpy()

    def decode(self, maps, index):
        height, width = self.pictures[index % len(self.pictures)].shape[:2]
        return map_decoder.decode(maps, width, height)

    def people(self, request):
        people = []
        for first in range(0, len(self.pictures), self.batch):
            indices = range(first, first + self.batch)
            maps = self.maps_of(request.get("way", "eager"), indices)
            people += [self.decode(maps[n], i) for n, i in enumerate(indices) if i < len(self.pictures)]
        return {"people": people}

    def network(self, request):
        run, times = self.ways[request["way"]], []
        for _ in range(3):
            run()
        for _ in range(request["count"]):
            self.synchronize()
            if self.device != "cuda":
                start = time.perf_counter()
                run()
                times.append((time.perf_counter() - start) * 1e3)
                continue
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            for _ in range(IN_A_ROW):
                run()
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end) / IN_A_ROW)
        return {"ms": times}

    def latency(self, request):
        times = []
        for turn in range(request["count"]):
            indices = range(turn * self.batch, (turn + 1) * self.batch)
            start = time.perf_counter()
            maps = self.maps_of(request["way"], indices)
            for n, i in enumerate(indices):
                self.decode(maps[n], i)
            times.append((time.perf_counter() - start) * 1e3)
        return {"ms": times}

    def sequence(self, request):
        """Threads decode the maps of one batch while the GPU works on the next; OpenCV and numpy mostly let go of Python's lock."""
        count = request["count"]
        start = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            decoding = []
            for first in range(0, count, self.batch):
                indices = range(first, first + self.batch)
                maps = self.maps_of(request["way"], indices)
                decoding += [pool.submit(self.decode, maps[n], i) for n, i in enumerate(indices) if i < count]
            for future in decoding:
                future.result()
        return {"seconds": time.perf_counter() - start, "pictures": count}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to standard error
    cv2.setNumThreads(min(os.cpu_count(), 8))
    worker = Worker()
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "quit":
            print("{}", file=answers, flush=True)
            break
        try:
            answer = getattr(worker, request["do"])(request)
        except Exception as error:  # whatever PyTorch throws is its answer
            answer = {"error": " ".join(str(error).split()) or repr(error)}
        print(json.dumps(answer, default=float), file=answers, flush=True)


main()
