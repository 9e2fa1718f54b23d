#!/usr/bin/env python3
"""A slow line on 127.0.0.1, for one client: so that a test can do something in mid-transfer.

  relay.py TO_PORT RATE      RATE packets a second each way, a queue of 200 each way

Prints 'port N', where it listens, then 'passed N' as packets of the client are handed on. It outlives
the server: what the kernel says of a closed port is not passed on.
"""
import collections
import select
import socket
import sys
import time

QUEUE = 200
BYTES = 2048


class Way:
    """Packets wait here for their turn."""

    def __init__(self, source, send, rate):
        self.source, self.send, self.interval = source, send, 1 / rate
        self.queue, self.due, self.passed = collections.deque(), 0.0, 0

    def receive(self):
        try:
            packet, sender = self.source.recvfrom(BYTES)
        except ConnectionRefusedError:
            return None
        if len(self.queue) < QUEUE:
            self.queue.append(packet)
        return sender

    def release(self, now):
        while self.queue and self.due <= now:
            try:
                self.send(self.queue.popleft())
            except ConnectionRefusedError:
                pass
            self.passed += 1
            self.due = max(self.due, now - 0.01) + self.interval

    def wait(self, now):
        return max(self.due - now, 0) if self.queue else 1


def main(to_port, rate):
    near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    near.bind(('127.0.0.1', 0))
    far.connect(('127.0.0.1', int(to_port)))
    client = None
    there = Way(near, far.send, float(rate))
    back = Way(far, lambda packet: near.sendto(packet, client), float(rate))
    print('port', near.getsockname()[1], flush=True)
    said = 0
    while True:
        now = time.monotonic()
        ready, _, _ = select.select([near, far], [], [], min(there.wait(now), back.wait(now)))
        if near in ready:
            client = there.receive() or client
        if far in ready:
            back.receive()
        now = time.monotonic()
        there.release(now)
        back.release(now)
        if there.passed >= said + 10:
            said = there.passed
            print('passed', said, flush=True)


main(*sys.argv[1:])
