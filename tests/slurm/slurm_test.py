"""examples/slurm on a real Slurm of this machine: four nodes, one of them killed in the middle.

    SINEW_TEST_PICTURES=1000 slurm_test.py SINEW MAKE_MODEL EXAMPLES
"""
import getpass
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib

NODES = 4
PICTURES = int(os.environ.get("SINEW_TEST_PICTURES", "400"))


def skip(reason):
    print(f"skipped: {reason}; get it by: scripts/install_packages.sh --list scripts/packages-slurm-test.txt")
    sys.exit(77)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def picture(seed):
    width, height = 64 + seed % 9, 48
    rows = b"".join(b"\0" + bytes((i * i // 77 + seed * i + y) & 255 for i in range(3 * width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Cluster:
    """munged, slurmctld and four slurmd, with a configuration of their own."""

    def __init__(self, folder):
        self.folder, self.processes, self.nodes = folder, [], {}
        host, user = socket.gethostname().split(".")[0], getpass.getuser()
        ports = free_ports(NODES + 1)
        for name in ("state", "munge", *(f"spool{i}" for i in range(NODES))):
            (folder / name).mkdir(mode=0o755)
        key = folder / "munge/key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        socket_path = folder / "munge/socket"
        lines = [f"ClusterName=sinew", f"SlurmctldHost={host}(127.0.0.1)", f"SlurmctldPort={ports[0]}", f"SlurmUser={user}",
                 f"SlurmdUser={user}", f"AuthType=auth/munge", f"AuthInfo=socket={socket_path}", "CryptoType=crypto/munge",
                 f"StateSaveLocation={folder}/state", f"SlurmdSpoolDir={folder}/spool%n", f"SlurmctldPidFile={folder}/ctld.pid",
                 f"SlurmdPidFile={folder}/%n.pid", f"SlurmctldLogFile={folder}/ctld.log", f"SlurmdLogFile={folder}/%n.log",
                 "ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none", "SchedulerType=sched/backfill",
                 "SelectType=select/cons_tres", "SelectTypeParameters=CR_Core", "ReturnToService=2", "SlurmdTimeout=5",
                 "InactiveLimit=0", "KillWait=2", "MinJobAge=300", "JobRequeue=1", "MpiDefault=none", "SwitchType=switch/none",
                 "AccountingStorageType=accounting_storage/none", "JobAcctGatherType=jobacct_gather/none",
                 "SlurmdParameters=config_overrides", "MessageTimeout=60"]
        for i in range(NODES):
            lines.append(f"NodeName=n{i} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[i + 1]} CPUs=1 State=UNKNOWN")
        lines.append(f"PartitionName=all Nodes=n[0-{NODES - 1}] Default=YES MaxTime=INFINITE State=UP")
        (folder / "slurm.conf").write_text("\n".join(lines) + "\n")
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        self.start("munged", ["munged", "-F", "--key-file", key, "--socket", socket_path, "--log-file", folder / "munge/log",
                              "--pid-file", folder / "munge/pid", "--seed-file", folder / "munge/seed", "--force"])
        while not socket_path.exists():
            time.sleep(0.1)
        self.start("slurmctld", ["slurmctld", "-D", "-f", folder / "slurm.conf"])
        for i in range(NODES):
            self.start_node(i)

    def start(self, name, arguments):
        log = open(self.folder / f"{name}.out", "ab")
        process = subprocess.Popen([str(a) for a in arguments], env=self.environment, stdout=log, stderr=log,
                                   start_new_session=True)
        self.processes.append(process)
        return process

    def start_node(self, i):
        self.nodes[i] = self.start(f"slurmd{i}", ["slurmd", "-D", "-N", f"n{i}", "-f", self.folder / "slurm.conf"])

    def run(self, *arguments):
        result = subprocess.run([str(a) for a in arguments], env=self.environment, capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(f"{arguments}: {result.stdout}{result.stderr}")
        return result.stdout.strip()

    def kill_node(self, i):
        """The node with all that runs on it, as if its power had gone."""
        self.nodes[i].kill()
        self.nodes[i].wait()
        mark = f"SLURMD_NODENAME=n{i}".encode()
        for process in pathlib.Path("/proc").iterdir():
            try:
                environment = (process / "environ").read_bytes().split(b"\0")
                if mark not in environment or f"SLURM_CONF={self.folder}/slurm.conf".encode() not in environment:
                    continue
                parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if "slurmstepd" in pathlib.Path(f"/proc/{parent}/comm").read_text():
                    os.kill(parent, signal.SIGKILL)
                os.kill(int(process.name), signal.SIGKILL)
            except (OSError, ValueError):
                continue

    def stop(self):
        subprocess.run(["scancel", "--user", getpass.getuser()], env=self.environment, capture_output=True)
        time.sleep(1)
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    sinew, make_model, examples = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
    for program in ("munged", "slurmctld", "slurmd", "sbatch"):
        if shutil.which(program) is None:
            skip(f"{program} is missing")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sinew-slurm-"))
    folder.chmod(0o755)
    subprocess.run([make_model, folder / "graph.pb"], check=True)
    subprocess.run([sinew, "compile", folder / "graph.pb", "--net-resolution", "64x48", "-o", folder / "m.sinew", "-q"], check=True)
    (folder / "in").mkdir()
    for i in range(PICTURES):
        (folder / f"in/{i:05d}.png").write_bytes(picture(i))
    subprocess.run([sinew, "run", folder / "in", "--model", folder / "m.sinew", "-q", "--write-jsonl", folder / "one.jsonl"],
                   check=True)
    cluster = Cluster(folder)
    try:
        os.environ["SINEW"] = cluster.environment["SINEW"] = str(sinew)
        merge = cluster.run(examples / "submit.sh", folder / "in", folder / "results", str(2 * NODES), "--model",
                            folder / "m.sinew")
        end = time.monotonic() + 300
        victim = None
        while victim is None and time.monotonic() < end:
            at_work = [line.split() for line in cluster.run("squeue", "-h", "-t", "RUNNING", "-o", "%K %N").splitlines()]
            begun = {path.name.split(".")[0] for path in (folder / "results").glob("*.jsonl.part") if path.stat().st_size > 0}
            victim = next((int(node[1:]) for task, node in at_work if task in begun), None)
        cluster.kill_node(victim)
        print(f"node n{victim} was killed;", cluster.run("sinfo", "-N", "-h", "-o", "%N %T").replace("\n", ", "))
        time.sleep(8)
        cluster.start_node(victim)
        merged = folder / "results/people.jsonl"
        while time.monotonic() < end and not merged.exists():
            time.sleep(0.5)
            # Slurm waits two minutes before a task of a dead node begins again, which is not what is tested.
            for task in cluster.run("squeue", "-h", "-t", "PENDING", "-o", "%i %r").splitlines():
                if task.endswith(" BeginTime"):
                    cluster.run("scontrol", "update", f"JobId={task.split()[0]}", "StartTime=now")
        if not merged.exists():
            print(cluster.run("squeue", "-l"))
            print((folder / "ctld.log").read_text()[-3000:])
            sys.exit(f"the merge, job {merge}, has not come to an end")
        assert merged.read_bytes() == (folder / "one.jsonl").read_bytes(), "the same bytes as one machine's"
        assert "Restarts=1" in cluster.run("scontrol", "show", "job"), "a task was on the node, and was queued again"
        print(f"{PICTURES} pictures over {NODES} nodes, one of them killed: the bytes of one run")
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
