#!/usr/bin/env python3
"""What people build around a pose network: FastAPI and uvicorn, PyTorch, and people decoded in Python. Debian's packages, for load.py to
compare with.

    usual_stack.py MODEL.onnx [--port 8000] [--workers 1] [--threads N]      MODEL.onnx: as `sinew export` writes it

Nothing is left slow on purpose: the network is traced, frozen and in oneDNN's layouts where that is faster, as in bench/peers; pictures are
read and resized by OpenCV; the decoder is bench/peers/map_decoder.py, which works on whole arrays; one request at a time is in the network,
which is faster than all of them at once; answers are made of plain lists, without a schema. `--workers` processes share the port, each with
`--threads` threads.
"""
import argparse
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))


class People:
    """The network and what is around it, for one request at a time."""

    def __init__(self, path, threads):
        import cv2
        import torch
        import torch_network
        self.cv2, self.torch = cv2, torch
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        cv2.setNumThreads(1)
        plain = torch_network.OnnxNetwork(path).eval()
        self.height, self.width = input_size(path)
        trial = torch.rand(1, self.height, self.width, 3) * 255
        traced = torch.jit.freeze(torch.jit.trace(plain, trial))
        self.network = min((traced, torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(plain, trial)))),
                           key=lambda network: seconds_of(network, trial))
        self.lock = threading.Lock()

    def find(self, body):
        import map_decoder
        import numpy
        picture = self.cv2.imdecode(numpy.frombuffer(body, numpy.uint8), self.cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("the body is no picture")
        height, width = picture.shape[:2]
        resized = self.cv2.resize(picture, (self.width, self.height), interpolation=self.cv2.INTER_CUBIC)
        with self.lock:
            with self.torch.inference_mode():
                maps = self.network(self.torch.from_numpy(resized).float()[None])[0].contiguous().numpy()
        people = map_decoder.decode(maps, width, height)
        return {"width": width, "height": height,
                "people": [{"score": score, "keypoints": [v for point in points for v in (point or (0, 0, 0))]} for score, points in people]}


def input_size(path):
    import onnx
    _, height, width, _ = (d.dim_value for d in onnx.load(path).graph.input[0].type.tensor_type.shape.dim)
    return height, width


def seconds_of(network, trial):
    """The fastest of a few runs, after those on which PyTorch specialises its graph."""
    times = []
    for _ in range(6):
        start = time.perf_counter()
        network(trial)
        times.append(time.perf_counter() - start)
    return min(times[3:])


def make_app():
    """For uvicorn, in each of its processes."""
    import cv2
    import fastapi
    import torch
    import uvicorn
    people = People(os.environ["USUAL_STACK_MODEL"], int(os.environ["USUAL_STACK_THREADS"]))
    app = fastapi.FastAPI()

    @app.post("/v1/people")
    async def find_people(request: fastapi.Request):
        body = await request.body()
        try:
            # On a thread, so that the loop goes on taking requests.
            return fastapi.responses.JSONResponse(await fastapi.concurrency.run_in_threadpool(people.find, body))
        except ValueError as error:
            return fastapi.responses.JSONResponse({"error": str(error)}, status_code=415)

    @app.get("/versions")
    async def versions():
        return {"fastapi": fastapi.__version__, "uvicorn": uvicorn.__version__, "torch": torch.__version__, "opencv": cv2.__version__}

    return app


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    os.environ.update(USUAL_STACK_MODEL=options.model, USUAL_STACK_THREADS=str(options.threads))
    import uvicorn
    uvicorn.run("usual_stack:make_app", factory=True, host="127.0.0.1", port=options.port, workers=options.workers, log_level="warning", access_log=False,
                app_dir=str(pathlib.Path(__file__).resolve().parent))


if __name__ == "__main__":
    main()
