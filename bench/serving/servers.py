"""The servers that are measured: started on a port of their own, watched from outside, ended with the program at the latest."""
import atexit
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    name, port, process = "", None, None

    def start(self, command, environment=None):
        # Of a group of its own, so that its own processes end with it.
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
                                        env={**os.environ, **(environment or {})})
        atexit.register(self.stop)

    def family(self):
        """Its process, and those that it has started."""
        found = [self.process.pid]
        for pid in found:
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    found += map(int, pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split())
            except OSError:
                pass
        return found

    def memory(self):
        """Bytes in memory."""
        total = 0
        for pid in self.family():
            try:
                total += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
            except OSError:
                pass
        return total

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()


class SinewServe(Server):
    name = "sinew serve"

    def __init__(self, build, model, processors, *arguments, port=0):
        self.start([build / "bin/sinew-serve", "--model", model, "--port", port, "--grpc-port", "-1", "--processors", processors, *arguments])
        said = []
        for line in self.process.stderr:
            said.append(line)
            found = re.search(r"listening on http://127.0.0.1:(\d+)", line)
            self.port = int(found.group(1)) if found else self.port
            if "try: curl" in line:
                return
        sys.exit("sinew serve did not start: " + "".join(said))

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as response:
            return response.read().decode()

    def stage_sums(self):
        """{stage: (seconds, requests)} since it began."""
        text = self.metrics()
        sums = dict(re.findall(r'^sinew_stage_seconds_sum\{[^}]*stage="(\w+)"[^}]*\} (\S+)$', text, re.MULTILINE))
        counts = dict(re.findall(r'^sinew_stage_seconds_count\{[^}]*stage="(\w+)"[^}]*\} (\S+)$', text, re.MULTILINE))
        return {stage: (float(sums[stage]), float(counts[stage])) for stage in sums}


class UsualStack(Server):
    """usual_stack.py in Debian's Python: `workers` processes, each with its share of the processors."""

    def __init__(self, onnx, processors, workers):
        threads = max(1, processors // workers)
        self.name = f"FastAPI, {workers} process{'es' * (workers > 1)} of {threads} thread{'s' * (threads > 1)}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start(["/usr/bin/python3", HERE / "usual_stack.py", onnx, "--port", self.port, "--workers", workers, "--threads", threads])
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/versions", timeout=5) as response:
                    self.versions = response.read().decode()
                return
            except OSError:
                time.sleep(0.2)
        self.stop()
        sys.exit(f"{self.name} did not start: {self.process.stderr.read()[-1000:]}")
