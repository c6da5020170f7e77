"""Queues from end to end, with a real server: workers that are killed, a server that is restarted, tasks that nobody can do.

    SINEW_TEST_PICTURES=2000 queue_test.py SINEW MAKE_MODEL [TEST...]
"""
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/store"))
import servers  # noqa: E402

S3RVER = ROOT / "build/s3rver/node_modules/.bin/s3rver"
SINEW, MAKE_MODEL = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
PICTURES = int(os.environ.get("SINEW_TEST_PICTURES", "400"))


def picture(seed):
    width, height = 64 + seed % 9, 48
    rows = b"".join(b"\0" + bytes((i * i // 77 + seed * i + y) & 255 for i in range(3 * width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Server:
    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe, socket.socket() as other:
            probe.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            self.port, self.monitor = probe.getsockname()[1], other.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(["nats-server", "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder),
                                         "-m", str(self.monitor)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("nats-server does not listen")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait()

    def consumer(self):
        """What the server says of the workers' consumer."""
        url = f"http://127.0.0.1:{self.monitor}/jsz?consumers=true"
        with urllib.request.urlopen(url) as answer:
            accounts = json.load(answer).get("account_details", [])
        return next((consumer for account in accounts for stream in account.get("stream_detail", [])
                     for consumer in stream.get("consumer_detail") or [] if consumer["name"] == "workers"), None)


class QueueTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sinew-queue-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = Server(self.folder / "jetstream")
        self.addCleanup(lambda: self.server.stop())
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "SINEW_NATS": self.server.url,
                            "AWS_EC2_METADATA_DISABLED": "true"}
        subprocess.run([MAKE_MODEL, self.folder / "graph.pb"], check=True)
        self.sinew("compile", "graph.pb", "--net-resolution", "64x48", "-o", "m.sinew", "-q")
        self.workers = []
        self.addCleanup(self.end_workers)

    def end_workers(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def write_pictures(self, count):
        (self.folder / "in").mkdir()
        for i in range(count):
            (self.folder / f"in/{i:05d}.png").write_bytes(picture(i))

    def start(self, *arguments, **more):
        return subprocess.Popen([str(SINEW), *arguments], cwd=self.folder, env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def sinew(self, *arguments, code=0, timeout=300):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=timeout)
        self.assertEqual(process.returncode, code, f"{arguments}\n{out}{err}")
        self.err = err
        return out

    def worker(self, *more, deliveries=50, ack_wait=3, cores=1):
        with open(self.folder / "worker.log", "a") as log:
            process = subprocess.Popen([str(SINEW), "worker", "--model", "m.sinew", "--cores", str(cores), "--ack-wait", str(ack_wait),
                                        "--max-deliveries", str(deliveries), *more], cwd=self.folder, env=self.environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        self.workers.append(process)
        return process

    def records(self, path):
        return [json.loads(line) for line in (self.folder / path).read_text().splitlines()]

    def expected(self):
        self.sinew("run", "in", "--model", "m.sinew", "--write-jsonl", "expected.jsonl")
        return {record["source"]: record for record in self.records("expected.jsonl")}

    def test_every_picture_once_whatever_is_killed(self):
        # Large enough that the work outlasts a few kills and lines of progress on a fast machine.
        self.sinew("compile", "graph.pb", "--net-resolution", "1280x960", "-o", "m.sinew", "-q")
        self.write_pictures(PICTURES)
        expected = self.expected()
        submit = self.start("submit", "in", "--model", "m.sinew", "--write-jsonl", "r.jsonl")
        for _ in range(4):
            self.worker("--write-results", "files")
        dice = random.Random(3)
        kills, restarted = 0, False
        end = time.monotonic() + 600
        while submit.poll() is None and time.monotonic() < end:
            time.sleep(1)
            if kills < 30:
                victim = dice.randrange(4)
                self.workers[victim].send_signal(signal.SIGKILL)
                self.workers[victim].wait()
                self.workers.pop(victim)
                self.worker("--write-results", "files")
                kills += 1
            if kills == 4 and not restarted:
                restarted = True
                self.server.stop(signal.SIGKILL)
                time.sleep(1)
                self.server.start()
        out, err = submit.communicate(timeout=60)
        self.assertEqual(submit.returncode, 0, out + err + (self.folder / "worker.log").read_text()[-3000:])
        self.assertIn(f"{PICTURES} done with {PICTURES} records (0 failed), 0 given up", out)
        self.assertRegex(err, f"[0-9]+ of {PICTURES} done, 0 records failed, 0 given up; [0-9.]+/s, [0-9]+ s left")
        found = self.records("r.jsonl")
        self.assertEqual(len(found), PICTURES, "none lost, none twice")
        self.assertEqual({record["source"]: record for record in found}, expected)
        files = sorted((self.folder / "files").glob("*.jsonl"))
        self.assertEqual(len(files), PICTURES)
        self.assertEqual({r["source"]: r for f in files for r in [json.loads(f.read_text())]}, expected)
        print(f"{PICTURES} pictures, {kills} workers killed, the server killed and restarted: {restarted}")
        self.assertGreater(kills, 0)

    def test_what_nobody_can_do_is_given_up(self):
        self.write_pictures(3)
        (self.folder / "in/broken.png").write_bytes(b"no picture")
        self.worker(deliveries=2)
        self.sinew("submit", "in", "--model", "m.sinew", "--threshold", "0.3", code=3, timeout=120)
        self.assertIn("4 given up", self.sinew("submit", "in", "--model", "m.sinew", "--threshold", "0.3", code=3))
        self.assertIn("it is for the options", self.err)
        # One that cannot be read has a record all the same.
        out = self.sinew("submit", "in", "--write-jsonl", "r.jsonl", code=3)
        self.assertIn("4 done with 4 records (1 failed), 0 given up", out)
        self.assertEqual(sum("error" in record for record in self.records("r.jsonl")), 1)

    def test_workers_drain_on_sigterm(self):
        self.write_pictures(60)
        self.sinew("submit", "in", "--no-follow")
        worker = self.worker("--metrics-file", "metrics.prom")
        end = time.monotonic() + 60
        while time.monotonic() < end and not (self.folder / "metrics.prom").exists():
            time.sleep(0.05)
        time.sleep(0.5)
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(timeout=60), 0)
        done = int(next(line.split()[-1] for line in (self.folder / "metrics.prom").read_text().splitlines()
                        if line.startswith("sinew_worker_tasks_done_total")))
        self.assertRegex((self.folder / "worker.log").read_text(), f"{done} tasks done")
        self.worker()
        out = self.sinew("submit", "in", "--write-jsonl", "r.jsonl")
        self.assertIn("60 done", out)
        self.assertEqual(len(self.records("r.jsonl")), 60)

    def metrics(self, path):
        lines = (self.folder / path).read_text().splitlines()
        return {line.split("{")[0]: int(line.split()[-1]) for line in lines if not line.startswith("#")}

    def test_no_more_is_in_work_than_is_allowed(self):
        self.write_pictures(120)
        for name in ("a.prom", "b.prom"):
            self.worker("--max-ack-pending", "1", "--metrics-file", name, cores=2)
        submit = self.start("submit", "in", "--write-jsonl", "r.jsonl")
        most = 0
        while submit.poll() is None:
            consumer = self.server.consumer()
            most = max(most, consumer["num_ack_pending"] if consumer else 0)
        out, err = submit.communicate()
        self.assertEqual(submit.returncode, 0, out + err)
        self.assertEqual(most, 1)
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
            self.assertEqual(worker.wait(timeout=60), 0)
        a, b = self.metrics("a.prom"), self.metrics("b.prom")
        self.assertEqual(a["sinew_worker_tasks_done_total"] + b["sinew_worker_tasks_done_total"], 120)
        self.assertEqual(a["sinew_worker_records_total"] + b["sinew_worker_records_total"], 120)
        self.assertEqual(a["sinew_worker_tasks_working"] + b["sinew_worker_tasks_working"], 0)

    def test_long_tasks_are_not_given_to_others(self):
        """A video that takes several times as long as a silent worker is waited for."""
        self.write_pictures(60)
        self.sinew("run", "in", "--model", "m.sinew", "--write-video", "v.avi", "--write-json", "x")
        for name in ("a.prom", "b.prom"):
            self.worker("--metrics-file", name, ack_wait=1)
        # Slow, as a process that hardly gets a processor is.
        begin = time.monotonic()
        submit = self.start("submit", "v.avi", "--write-jsonl", "r.jsonl")
        while submit.poll() is None and time.monotonic() < begin + 120:
            for worker in self.workers:
                worker.send_signal(signal.SIGSTOP)
            time.sleep(0.15)
            for worker in self.workers:
                worker.send_signal(signal.SIGCONT)
            time.sleep(0.01)
        out, err = submit.communicate(timeout=60)
        self.assertEqual(submit.returncode, 0, out + err + (self.folder / "worker.log").read_text())
        self.assertEqual(len(self.records("r.jsonl")), 60)
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
            worker.wait(timeout=60)
        done = [self.metrics(name)["sinew_worker_tasks_done_total"] for name in ("a.prom", "b.prom")]
        self.assertEqual(sorted(done), [0, 1], "one has done it, once")
        self.assertGreater(time.monotonic() - begin, 2)

    def test_what_is_no_task_is_given_up(self):
        """A message of somebody else's, and one of a later version."""
        self.write_pictures(1)
        self.worker()
        self.sinew("submit", "in")
        for text in ('{"no":"task"}', '{"task":2,"id":"0123456789abcdef"}', "", "\x00\xff"):
            self.publish("sinew.tasks", text.encode("latin-1"))
        end = time.monotonic() + 30
        while time.monotonic() < end and (self.folder / "worker.log").read_text().count("is given up") < 4:
            time.sleep(0.1)
        log = (self.folder / "worker.log").read_text()
        self.assertIn("the message is no task", log)
        self.assertIn("the task is of version 2, this worker does version 1", log)
        self.assertIsNone(self.workers[0].poll(), "it works on")
        (self.folder / "in/second.png").write_bytes(picture(7))
        self.assertIn("2 done with 2 records", self.sinew("submit", "in", "--write-jsonl", "r.jsonl"))

    def publish(self, subject, data):
        """By NATS's protocol, as any other client would."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.sendall(b'CONNECT {"verbose":false}\r\nPUB %s %d\r\n%s\r\nPING\r\n' % (subject.encode(), len(data), data))
            text = b""
            while b"PONG" not in text:
                text += connection.recv(4096)

    def test_a_submission_that_is_repeated_is_the_same_tasks(self):
        self.write_pictures(5)
        for _ in range(3):
            self.sinew("submit", "in", "--no-follow")
        self.worker()
        self.assertIn("5 done with 5 records", self.sinew("submit", "in", "--write-jsonl", "r.jsonl"))
        self.assertEqual(len(self.records("r.jsonl")), 5)
        # Another day: the results are still there.
        self.assertIn("5 done with 5 records", self.sinew("submit", "in", "--write-jsonl", "s.jsonl"))

    @unittest.skipUnless(S3RVER.exists(), f"there is no {S3RVER}; get it by: scripts/fetch_s3rver.sh")
    def test_pictures_and_results_in_a_store(self):
        store = servers.S3rver(S3RVER, self.folder / "store")
        self.addCleanup(store.stop)
        self.environment.update(AWS_ACCESS_KEY_ID=servers.KEY, AWS_SECRET_ACCESS_KEY=servers.SECRET, AWS_REGION="us-east-1",
                                AWS_ENDPOINT_URL=store.url)
        for i in range(6):
            request = urllib.request.Request(f"{store.url}/test/in/{i}%20%C3%BC.png", data=picture(i), method="PUT")
            urllib.request.urlopen(request).close()
        self.sinew("run", "s3://test/in/", "--model", "m.sinew", "--write-jsonl", "expected.jsonl")
        self.worker("--write-results", "s3://test/results")
        self.assertIn("6 done with 6 records", self.sinew("submit", "s3://test/in/", "--write-jsonl", "s3://test/r.jsonl"))
        expected = sorted((self.folder / "expected.jsonl").read_text().splitlines())
        stored = [path.read_text() for path in (self.folder / "store/test/results").rglob("*_object")]
        self.assertEqual(sorted("".join(stored).splitlines()), expected)
        with urllib.request.urlopen(f"{store.url}/test/r.jsonl") as answer:
            self.assertEqual(sorted(answer.read().decode().splitlines()), expected)

    def test_errors_name_what_is_wrong(self):
        self.write_pictures(1)
        self.server.stop()
        self.sinew("submit", "in", code=1)
        self.assertIn("no NATS server answers", self.err)
        self.server.start()
        self.sinew("submit", "in", "--stream", "a.b", code=2)
        self.assertIn("--stream a.b", self.err)
        self.sinew("submit", "missing.png", code=1)
        self.assertIn("missing.png: no such file", self.err)
        self.sinew("worker", "--model", "none.sinew", code=1)
        self.assertIn("none.sinew: no such file", self.err)


if __name__ == "__main__":
    if shutil.which("nats-server") is None:
        print("skipped: nats-server is missing; get it by: scripts/install_packages.sh --list scripts/packages-worker-test.txt")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
