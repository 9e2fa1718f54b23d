#!/usr/bin/python3
"""A file over bare TCP, with or without Fast Open, for bench/first-byte.sh.

  tcp_peer.py serve ADDRESS PORT FILE          answers each request with the file
  tcp_peer.py get ADDRESS PORT [--fast-open]   prints ms to the first byte, and until all is there
"""
import socket
import sys
import time

REQUEST = b"GET /small HTTP/1.0\r\n\r\n"


def serve(address, port, name):
    with open(name, "rb") as f:
        content = f.read()
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
    s.bind((address, port))
    s.listen(16)
    print("listening", flush=True)
    while True:
        c, _ = s.accept()
        if c.recv(4096):
            c.sendall(content)
        c.close()


def get(address, port, fast_open):
    s = socket.socket()
    start = time.monotonic()
    if fast_open:
        s.sendto(REQUEST, socket.MSG_FASTOPEN, (address, port))
    else:
        s.connect((address, port))
        s.sendall(REQUEST)
    first = None
    while s.recv(65536):
        first = first or time.monotonic()
    end = time.monotonic()
    print(f"{(first - start) * 1000:.3f} {(end - start) * 1000:.3f}")


if sys.argv[1] == "serve":
    serve(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    get(sys.argv[2], int(sys.argv[3]), "--fast-open" in sys.argv)
