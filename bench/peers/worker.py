"""The protocol of all workers, and its server for those in Python.

A worker runs one network in one engine. It reads one JSON object a line from its standard input and answers each with one
on its standard output, {"error": TEXT} if it cannot:

    {"do": "load", "model": PATH, "input": PATH, "shape": [1, H, W, 3], "threads": T}  ->  {"version": TEXT}
    {"do": "run", "count": N}      ->  {"ms": [N numbers]}, each from input tensor to output tensor
    {"do": "save", "path": PATH}   ->  {"shape": [1, h, w, C]}, the last run's output
    {"do": "quit"}                 ->  {}

Tensors are files of raw float32, little-endian, NHWC. Nothing but answers may go to standard output.
"""
import json
import os
import sys
import time


def serve(engine):
    """`engine` has load(model, input, threads) -> version, run(), and output() -> numpy array."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to standard error
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = perform(engine, request)
        except Exception as error:  # whatever an engine throws is its answer
            answer = {"error": " ".join(str(error).split()) or repr(error)}
        print(json.dumps(answer), file=answers, flush=True)
        if request["do"] == "quit":
            break


def perform(engine, request):
    if request["do"] == "load":
        import numpy
        values = numpy.fromfile(request["input"], "<f4").reshape(request["shape"])
        return {"version": engine.load(request["model"], values, request["threads"])}
    if request["do"] == "run":
        times = []
        for _ in range(request["count"]):
            start = time.perf_counter()
            engine.run()
            times.append((time.perf_counter() - start) * 1e3)
        return {"ms": times}
    if request["do"] == "save":
        output = engine.output()
        output.astype("<f4").tofile(request["path"])
        return {"shape": list(output.shape)}
    return {}
