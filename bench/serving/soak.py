#!/usr/bin/env python3
"""Many requests to a miniature network, and whether memory, descriptors and threads stay as they are.

    soak.py SINEW_SERVE MAKE_MODEL WORK [REQUESTS]     default: a million

Connections come and go, some requests are wrong, models are loaded again: what a long life has, in a short one.
"""
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/server"))
from server_fixture import Server, check, fresh, png  # noqa: E402

from client import Client, post  # noqa: E402

NAMES = ("process_resident_memory_bytes", "process_open_fds", "process_threads")


def main():
    program, make_model, work = sys.argv[1], sys.argv[2], fresh(sys.argv[3])
    total = int(sys.argv[4]) if len(sys.argv) > 4 else 1_000_000
    server = Server(program, make_model, work)
    picture = png(64, 48)
    requests = [post("/v1/people", picture, "a"), post("/v1/people?render=1", picture, "a"), post("/v2/models/mini/infer", b"{}", "a"),
                post("/v1/people", b"no picture", "a")]
    wanted = [200, 200, 400, 415]

    def ask(count):
        for request, status in zip(requests, wanted):
            part = count * 4 // 5 if request is requests[0] else count // 15
            replies = Client("127.0.0.1", server.port).closed_loop(request, 8, count=part).replies
            wrong = [reply.status for reply in replies if reply.status != status]
            if wrong:
                sys.exit(f"failed: {len(wrong)} answers are not {status}: {wrong[:3]}")

    chunk = max(400, total // 20)
    ask(chunk)  # pools and caches fill
    for _ in range(2):
        server.signal(signal.SIGHUP)
        time.sleep(1)
    before = {name: server.metric(name) for name in NAMES}
    done, start = 0, time.monotonic()
    while done < total:
        ask(chunk)
        done += chunk
        server.signal(signal.SIGHUP)
    rate = done / (time.monotonic() - start)
    time.sleep(2)
    after = {name: server.metric(name) for name in NAMES}
    print(f"{done} requests, {rate:.0f} a second; {before} -> {after}")
    check(after["process_resident_memory_bytes"] < 1.1 * before["process_resident_memory_bytes"] + 8e6, "memory does not grow")
    check(after["process_open_fds"] <= before["process_open_fds"] + 2, "descriptors are not left behind")
    check(after["process_threads"] <= before["process_threads"], "threads are not left behind")
    check(server.stop() == 0, "it stops")


if __name__ == "__main__":
    main()
