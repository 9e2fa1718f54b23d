#!/usr/bin/env python3
"""A slow line on 127.0.0.1: so that a test can do something in mid-transfer.

  relay.py TO_PORT RATE      RATE packets a second each way, a queue of 200 each way

Prints 'port N', where it listens, then 'passed N' as packets of the server are handed on. Each
client has a socket of its own towards the server. It outlives the server: what the kernel says of a
closed port is not passed on.
"""
import collections
import select
import socket
import sys
import time

QUEUE = 200
BYTES = 2048


class Way:
    """Packets, each with what sends it, wait here for their turn."""

    def __init__(self, rate):
        self.interval = 1 / rate
        self.queue, self.due, self.passed = collections.deque(), 0.0, 0

    def put(self, send, packet):
        if len(self.queue) < QUEUE:
            self.queue.append((send, packet))

    def release(self, now):
        while self.queue and self.due <= now:
            send, packet = self.queue.popleft()
            try:
                send(packet)
            except ConnectionRefusedError:
                pass
            self.passed += 1
            self.due = max(self.due, now - 0.01) + self.interval

    def wait(self, now):
        return max(self.due - now, 0) if self.queue else 1


class Relay:
    def __init__(self, to_port, rate):
        self.to_port = to_port
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.bind(('127.0.0.1', 0))
        self.there, self.back = Way(rate), Way(rate)
        self.far_of, self.client_of = {}, {}

    def far(self, client):
        if client not in self.far_of:
            far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            far.connect(('127.0.0.1', self.to_port))
            self.far_of[client] = far
            self.client_of[far] = client
        return self.far_of[client]

    def take(self, ready):
        if ready is self.near:
            packet, client = self.near.recvfrom(BYTES)
            self.there.put(self.far(client).send, packet)
            return
        try:
            packet = ready.recv(BYTES)
        except ConnectionRefusedError:
            return
        client = self.client_of[ready]
        self.back.put(lambda p: self.near.sendto(p, client), packet)

    def run(self):
        said = 0
        while True:
            now = time.monotonic()
            wait = min(self.there.wait(now), self.back.wait(now))
            for ready in select.select([self.near, *self.client_of], [], [], wait)[0]:
                self.take(ready)
            now = time.monotonic()
            self.there.release(now)
            self.back.release(now)
            if self.back.passed >= said + 10:
                said = self.back.passed
                print('passed', said, flush=True)


def main(to_port, rate):
    relay = Relay(int(to_port), float(rate))
    print('port', relay.near.getsockname()[1], flush=True)
    relay.run()


main(*sys.argv[1:])
