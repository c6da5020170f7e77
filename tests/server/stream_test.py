#!/usr/bin/env python3
"""The WebSocket of pictures, by a client of its own (RFC 6455 over a plain socket).

    stream_test.py SINEW_SERVE MAKE_MODEL WORK
"""
import base64
import hashlib
import json
import os
import signal
import socket
import struct
import sys
import threading
import time

from server_fixture import Server, check, fresh, png, slow_png

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocket:
    def __init__(self, server, path="/v1/stream", headers=()):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", *headers]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        reply = b""
        while b"\r\n\r\n" not in reply:
            chunk = self.socket.recv(1)
            if not chunk:
                break
            reply += chunk
        self.reply = reply.decode()
        self.status = int(self.reply.split()[1])
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        if self.status == 101:
            check(accept in self.reply, "the handshake's answer is right")

    def send(self, kind, data):
        mask = os.urandom(4)
        size = len(data)
        head = bytes([0x80 | kind]) + (bytes([0x80 | size]) if size < 126 else bytes([0xfe]) + struct.pack(">H", size) if size < 65536 else bytes([0xff]) + struct.pack(">Q", size))
        whole = (mask * (size // 4 + 1))[:size]
        self.socket.sendall(head + mask + (int.from_bytes(data, "big") ^ int.from_bytes(whole, "big")).to_bytes(size, "big"))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            chunk = self.socket.recv(size - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data

    def receive(self):
        """(kind, data) of a whole message, pings answered on the way."""
        message, whole = b"", None
        while True:
            first, second = self.exactly(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", self.exactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.exactly(8))[0]
            kind, data = first & 15, self.exactly(size)
            if kind == PING:
                self.send(PONG, data)
                continue
            message, whole = message + data, kind or whole  # a message in several frames goes on with kind 0
            if first & 0x80:
                return whole, message

    def answer(self):
        kind, data = self.receive()
        check_kind = kind == TEXT
        if not check_kind:
            sys.exit(f"failed: a text was expected, not {kind} {data[:50]}")
        return json.loads(data)


def main():
    program, make_model, work = sys.argv[1], sys.argv[2], fresh(sys.argv[3])
    server = Server(program, make_model, work)
    people = server.json("/v1/people", png())["people"]
    link = WebSocket(server)
    link.send(BINARY, png())
    first = link.answer()
    check(first["frame"] == 0 and len(first["people"]) == len(people), "a picture in, people out")
    link.send(BINARY, png())
    second = link.answer()
    check(second["frame"] == 1 and [p["person_id"] for p in first["people"]] == [p["person_id"] for p in second["people"]], f"who keep their ids {first} {second}"[:900])
    link.send(TEXT, b'{"min_score": 1000, "render": "heatmap"}')
    link.send(BINARY, png())
    check(link.answer()["people"] == [], "settings hold from then on")
    kind, drawn = link.receive()
    check(kind == BINARY and drawn[:2] == b"\xff\xd8", "a drawn picture follows where it was asked for")
    link.send(TEXT, b'{"render": 0, "min_score": 0.3, "sequence_id": "x"}')
    check("sequence_id" in link.answer()["error"], "what is no setting is refused")
    link.send(TEXT, b'{"render": 0, "min_score": 0.3}')
    link.send(BINARY, b"no picture")
    bad = link.answer()
    check(bad["status"] == 415 and bad["frame"] == 3, "a bad picture is an error of its frame")

    # Faster than the network: the newest wins, the others are passed over.
    big, small = slow_png(), png()
    for _ in range(40):
        link.send(BINARY, big)
    link.send(BINARY, small)
    last = 43 + 1
    frames = []
    while not frames or frames[-1]["frame"] < last:
        frames.append(link.answer())
    check(len(frames) < 41 and frames[-1]["width"] == 80, f"the newest of 41 frames is answered, {len(frames)} in all")
    check(frames[-1]["dropped"] == 41 - len(frames), "and the others are counted")

    check(WebSocket(server, headers=["Origin: http://evil.example"]).status == 403, "pages of other origins are refused")
    check(WebSocket(server, headers=["Origin: http://a"]).status == 101, "the server's own are not")
    check(WebSocket(server, path="/v1/other").status == 404, "streams are at one path")
    for _ in range(20):
        gone = WebSocket(server)
        gone.send(BINARY, big)
        gone.socket.close()
    time.sleep(0.5)
    deadline = time.monotonic() + 15
    while server.metric("sinew_http_streams") > 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    check(server.metric("sinew_http_streams") <= 2, "streams of those who have gone end")
    huge = WebSocket(server)
    huge.socket.sendall(bytes([0x82, 0xff]) + struct.pack(">Q", 1 << 40) + bytes(4) + bytes(1000))
    kind, data = huge.receive()
    check(kind == CLOSE and struct.unpack(">H", data[:2])[0] == 1009, "a message beyond the limit is refused")

    results = []
    waiting = threading.Thread(target=lambda: results.append(link.receive()))
    waiting.start()
    time.sleep(0.2)
    server.signal(signal.SIGTERM)
    waiting.join(20)
    check(results and results[0][0] == CLOSE and struct.unpack(">H", results[0][1][:2])[0] == 1001, "a stop ends streams as going away")
    link.socket.close()
    check(server.process.wait(30) == 0, "and the server")

    (work / "tokens.txt").write_text("0123456789abcdef0123\n")
    server = Server(program, make_model, work, "--tokens", work / "tokens.txt")
    check(WebSocket(server).status == 401, "a stream needs a token")
    opened = WebSocket(server, headers=["Sec-WebSocket-Protocol: sinew, bearer.0123456789abcdef0123"])
    check(opened.status == 101 and "Sec-WebSocket-Protocol: sinew\r" in opened.reply, "which browsers send as a protocol")
    opened.send(BINARY, png())
    check(opened.answer()["frame"] == 0, "and works")
    opened.send(CLOSE, struct.pack(">H", 1000))
    check(server.stop() == 0, "it stops")


if __name__ == "__main__":
    main()
