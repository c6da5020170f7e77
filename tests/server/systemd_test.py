#!/usr/bin/env python3
"""The unit files, and a socket that systemd hands over.

    systemd_test.py SINEW_SERVE MAKE_MODEL WORK UNITS
"""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from server_fixture import Server, check, fresh, png, skip


def main():
    program, make_model, work, units = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], fresh(sys.argv[3]), pathlib.Path(sys.argv[4])
    if not shutil.which("systemd-analyze") or not shutil.which("systemd-socket-activate"):
        skip("there is no systemd: apt-get install systemd")
    # The unit as it is, but for the program's place.
    names = ("sinew-serve.service", "sinew-serve.socket", "sinew-serve-grpc.socket")
    for name in names:
        text = (units / name).read_text().replace("/usr/bin/sinew-serve", str(program))
        (work / name).write_text(text)
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", *(work / name for name in names)], capture_output=True, text=True)
    ours = [line for line in verified.stderr.splitlines() if "sinew-serve" in line]
    check(not ours, f"systemd-analyze verify has nothing to say {ours}")

    with socket.socket() as probe, socket.socket() as another:
        probe.bind(("127.0.0.1", 0))
        another.bind(("127.0.0.1", 0))
        port, grpc_port = probe.getsockname()[1], another.getsockname()[1]
    graph = work / "graph.pb"
    subprocess.run([make_model, graph], check=True)
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(work / "notify"))
    notify.settimeout(60)
    environment = {**os.environ, "XDG_CACHE_HOME": str(work / "cache"), "NOTIFY_SOCKET": str(work / "notify")}
    activated = subprocess.Popen(["systemd-socket-activate", "-l", f"127.0.0.1:{port}", "-l", f"127.0.0.1:{grpc_port}", "--fdname=http:grpc", "-E", "XDG_CACHE_HOME", "-E", "NOTIFY_SOCKET", program, "--model",
                                  f"mini={graph}@64x48", "--grpc-port", "-1", "--quiet"], env=environment, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        # The first connection starts the server, and waits for it.
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/v2/health/live"), timeout=60) as response:
            check(response.status == 200, "the first connection starts the server on systemd's socket")
        check(notify.recv(100) == b"READY=1", "which says when it is ready")
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/v1/people", data=png()), timeout=60) as response:
            check(response.status == 200, "and serves")
        with socket.create_connection(("127.0.0.1", grpc_port), timeout=30) as connection:
            # The preface of HTTP/2 and its settings, none; what comes back begins with the server's, a frame of type 4.
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
            check(connection.recv(9)[3] == 4, "gRPC is served on the socket that is called so")
        activated.terminate()
        check(activated.wait(30) == 0 and notify.recv(100) == b"STOPPING=1", "and stops")
    finally:
        if activated.poll() is None:
            activated.kill()
            activated.wait()


if __name__ == "__main__":
    main()
