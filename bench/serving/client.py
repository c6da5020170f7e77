"""An HTTP client for measurements: one connection a coroutine, requests prepared once, answers read no further than needed."""
import asyncio
import time


class Connection:
    def __init__(self, host, port):
        self.host, self.port = host, port
        self.reader = self.writer = None

    async def ask(self, request):
        """(status, seconds); status 0 where the connection broke."""
        start = time.perf_counter()
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
            self.writer.write(request)
            head = await self.reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            at = lower.index(b"content-length: ") + 16
            await self.reader.readexactly(int(lower[at:lower.index(b"\r\n", at)]))
            if b"connection: close" in lower:
                self.close()
            return int(head[9:12]), time.perf_counter() - start
        except (OSError, asyncio.IncompleteReadError, ValueError):
            self.close()
            return 0, time.perf_counter() - start

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def post(path, body, host):
    return f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def closed_loop(host, port, request, clients, count):
    """Each client asks as soon as it is answered. [(status, seconds)], seconds of all."""
    results = []
    left = count

    async def run():
        nonlocal left
        connection = Connection(host, port)
        while left > 0:
            left -= 1
            results.append(await connection.ask(request))
        connection.close()

    start = time.perf_counter()
    await asyncio.gather(*(run() for _ in range(clients)))
    return results, time.perf_counter() - start


async def open_loop(host, port, request, arrivals):
    """A request at each of these seconds, whether others are answered or not. [(status, seconds since it was due)]"""
    idle, results = [], []
    start = time.perf_counter()

    async def one(due):
        connection = idle.pop() if idle else Connection(host, port)
        status, _ = await connection.ask(request)
        results.append((status, time.perf_counter() - start - due))
        idle.append(connection)

    tasks = []
    for due in arrivals:
        wait = start + due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    seconds = time.perf_counter() - start
    for connection in idle:
        connection.close()
    return results, seconds
