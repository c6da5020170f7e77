"""An HTTP client for measurements: requests prepared once, a connection each while they are under way, answers read no further than
needed. It shares the machine with the server, so that each phase says what part of a processor it took."""
import asyncio
import contextlib
import dataclasses
import resource
import time


@dataclasses.dataclass
class Reply:
    status: int  # 0: the connection broke, or no answer came in time
    seconds: float  # since it was due
    finished: float  # since the phase began
    stages: dict  # milliseconds of Server-Timing, where there is one


@dataclasses.dataclass
class Phase:
    replies: list
    seconds: float
    client_processors: float  # that the client was busy with, on average
    behind: float = 0  # seconds: how late the client sent what it sent latest, of an open loop

    def good(self, within=float("inf")):
        return [reply for reply in self.replies if reply.status == 200 and reply.seconds <= within]


class Connection:
    def __init__(self, host, port):
        self.host, self.port = host, port
        self.reader = self.writer = None

    async def ask(self, request):
        """(status, the head of the answer). A kept connection that the server has closed meanwhile is made anew."""
        for is_last in (self.writer is None, True):
            try:
                if self.writer is None:
                    self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
                self.writer.write(request)
                head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
                await self.reader.readexactly(int(field(head, b"content-length") or 0))
                if field(head, b"connection") == b"close":
                    self.close()
                return int(head[9:12]), head
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                self.close()
                if is_last or getattr(error, "partial", b""):
                    break
        return 0, b""

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def field(head, name):
    at = head.find(b"\r\n" + name + b": ")
    return None if at < 0 else head[at + len(name) + 4:head.index(b"\r\n", at + 2)]


def stages_of(head):
    """{"network": 12.5, ...} of "queue;dur=0.1, network;dur=12.5"."""
    text = (field(head, b"server-timing") or b"").decode()
    return {part.split(";")[0].strip(): float(part.split("=")[1]) for part in text.split(",") if "=" in part}


def post(path, body, host):
    return f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Client:
    def __init__(self, host, port, timeout=60):
        self.host, self.port, self.timeout = host, port, timeout

    async def ask(self, connection, request, due, start):
        status, head = 0, b""
        with contextlib.suppress(asyncio.TimeoutError):
            status, head = await asyncio.wait_for(connection.ask(request), self.timeout)
        if status == 0:
            connection.close()
        now = time.perf_counter()
        return Reply(status, now - due, now - start, stages_of(head))

    def closed_loop(self, request, clients, count=None, seconds=None):
        """Each client asks as soon as it is answered: `count` times in all, or for so long."""
        async def all_of_them():
            replies, left = [], count

            async def run():
                nonlocal left
                connection = Connection(self.host, self.port)
                while (left is None or left > 0) and (seconds is None or time.perf_counter() - start < seconds):
                    left = None if left is None else left - 1
                    replies.append(await self.ask(connection, request, time.perf_counter(), start))
                    if replies[-1].status == 0:
                        await asyncio.sleep(0.01)
                connection.close()

            await asyncio.gather(*(run() for _ in range(clients)))
            return replies
        start = time.perf_counter()
        return self.measure(all_of_them, start)

    def open_loop(self, request, arrivals, grace):
        """A request at each of these seconds, whether others are answered or not. What is not answered `grace` seconds after the last
        one is given up."""
        async def all_of_them():
            nonlocal behind
            idle, replies, tasks = [], [], []

            async def one(due):
                connection = idle.pop() if idle else Connection(self.host, self.port)
                try:
                    replies.append(await self.ask(connection, request, due, start))
                    idle.append(connection)
                except asyncio.CancelledError:
                    connection.close()
                    replies.append(Reply(0, time.perf_counter() - due, time.perf_counter() - start, {}))

            for due in arrivals:
                wait = start + due - time.perf_counter()
                if wait > 0:
                    await asyncio.sleep(wait)
                behind = max(behind, time.perf_counter() - start - due)
                tasks.append(asyncio.create_task(one(start + due)))
            _, unanswered = await asyncio.wait(tasks, timeout=grace)
            for task in unanswered:
                task.cancel()
            if unanswered:
                await asyncio.wait(unanswered)
            for connection in idle:
                connection.close()
            return replies
        behind, start = 0.0, time.perf_counter()
        phase = self.measure(all_of_them, start)
        phase.behind = behind
        return phase

    @staticmethod
    def measure(coroutine, start):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        busy = time.process_time()
        replies = asyncio.run(coroutine())
        seconds = time.perf_counter() - start
        return Phase(replies, seconds, (time.process_time() - busy) / seconds)
