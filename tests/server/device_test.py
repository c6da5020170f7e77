#!/usr/bin/env python3
"""The server on a GPU: the module is one whose GPU is the processor, everything else is the server's own.

    device_test.py SINEW_SERVE MAKE_MODEL WORK HOST_MODULE
"""
import json
import struct
import subprocess
import sys
import threading

from server_fixture import Server, check, fresh, png


def refused(program, module, *arguments):
    done = subprocess.run([program, "--model", "none.pb", "--port", "0", "--grpc-port", "-1", *arguments], capture_output=True, text=True, env={"SINEW_CUDA_MODULE": module})
    return done.stderr


def main():
    program, make_model, work, module = sys.argv[1], sys.argv[2], fresh(sys.argv[3]), sys.argv[4]
    server = Server(program, make_model, work)
    expected = server.json("/v1/people", png())["people"]
    check(server.stop() == 0, "the processor's answer")

    gpu = {"SINEW_CUDA_MODULE": module}
    server = Server(program, make_model, work, "--device", "cuda", "--streams", "2", "--precision", "fp32", environment=gpu)
    people = server.json("/v1/people", png())["people"]
    check(len(people) == len(expected), f"a GPU finds {len(people)} people where the processor finds {len(expected)}")
    near = [abs(a - b) < 1 for p, q in zip(people, expected) for a, b in zip(p["keypoints"], q["keypoints"])]
    check(sum(near) > 0.95 * len(near), "at the same places")
    for view in ("1", "heatmap", "paf"):
        check(server.ask(f"/v1/people?render={view}", png())[2][:2] == b"\xff\xd8", f"render={view} gives a picture")
    check(server.ask("/v1/people?threshold=0.05&min_parts=4", png())[0] == 200, "thresholds that are the defaults")
    status, _, text = server.ask("/v1/people?threshold=0.2", png())
    check(status == 400 and b"GPU" in text, "others are refused, and why is said")
    pixels = struct.pack(f"<{48 * 64 * 3}f", *([100.0] * 48 * 64 * 3))
    head = json.dumps({"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 48, 64, 3], "parameters": {"binary_data_size": len(pixels)}}]}).encode()
    status, _, body = server.ask("/v2/models/mini.maps/infer", head + pixels, {"Inference-Header-Content-Length": str(len(head))})
    check(status == 200 and json.loads(body)["outputs"][0]["shape"] == [1, 6, 8, 57], "tensors in, maps out")
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(server.ask("/v1/people", png())[0])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(statuses == [200] * 12, "several at a time")
    check(server.metric("sinew_wide_turns_total") == 0, "which share no stream")
    check(server.stop() == 0, "it stops")

    # The first run is the one of the trial picture.
    server = Server(program, make_model, work, "--device", "cuda", "--streams", "1", environment={**gpu, "SINEW_HOST_DEVICE_LOST_AT": "3"})
    statuses = [server.ask("/v1/people", png())[0] for _ in range(4)]
    check(statuses[0] == 200 and statuses[-1] == 500, f"a GPU that is lost is an error of the server's: {statuses}")
    check(server.ask("/v2/health/ready")[0] == 503 and server.ask("/v2/health/live")[0] == 200, "which is not ready from then on")
    server.stop()

    check("--streams are a GPU's" in refused(program, module, "--streams", "2"), "streams without a GPU are refused")
    check("--device" in refused(program, module, "--device", "gpu"), "so is a device that is none")
    check("--precision" in refused(program, module, "--device", "cuda", "--precision", "fp8"), "and a precision")
    check("--streams" in refused(program, module, "--device", "cuda", "--streams", "1000"), "and too many streams")


if __name__ == "__main__":
    main()
