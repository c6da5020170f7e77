#!/usr/bin/env python3
"""bench/serving/load.py on a miniature network, briefly: whether all of its phases work, not how fast anything is.

    load_test.py SINEW_SERVE MAKE_MODEL WORK LOAD
"""
import json
import math
import os
import pathlib
import subprocess
import sys

from server_fixture import check, fresh, png


def main():
    program, make_model, work, load = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], fresh(sys.argv[3]), sys.argv[4]
    subprocess.run([make_model, work / "graph.pb"], check=True)
    (work / "a.png").write_bytes(png())
    peers = ["--usual-stack"] if subprocess.run(["/usr/bin/python3", "-c", "import cv2, fastapi, onnx, torch, uvicorn"], capture_output=True).returncode == 0 else []
    if not peers:
        print("note: without the usual stack: apt-get install python3-fastapi uvicorn python3-torch python3-onnx python3-opencv")
    done = subprocess.run([sys.executable, load, work / "a.png", "--model", f"{work / 'graph.pb'}@64x48", "--build", program.parent.parent, "--seconds", "0.5", "--rounds", "1",
                           "--processors", "2", "--json", work / "load.json", "--markdown", work / "load.md", *peers], capture_output=True, text=True,
                          env={**os.environ, "XDG_CACHE_HOME": str(work / "cache")})
    check(done.returncode == 0, f"it ends {done.stderr[-2000:]}")
    servers = json.loads((work / "load.json").read_text())["servers"]
    check([figures["name"].split(",")[0] for figures in servers] == ["sinew serve"] + ["FastAPI"] * (2 if peers else 0), "each server has been measured")
    for figures in servers:
        numbers = [figures[name] for name in ("per_second", "alone_p50_ms", "at_80_p99_ms", "overload_goodput", "memory_before_mb")]
        check(all(math.isfinite(number) and number > 0 for number in numbers), f"{figures['name']}: figures {numbers}")
        check(0 < figures["client_processors"]["capacity"] <= 1.1, "what the client takes is known")
    check(servers[0]["service_ms"] > 0 and servers[0]["queue_p99_ms"] >= servers[0]["service_ms"] and len(servers[0]["restart_s"]) == 3, "the server's own figures are there")
    check(len((work / "load.md").read_text().splitlines()) == 9, "and a table")


if __name__ == "__main__":
    main()
