"""A ProxyCommand, a connection on which all takes its time: HOST PORT SECONDS BYTES_A_SECOND (0: any)."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from queue import Queue

CHUNK = 65536


def carry(read: Callable[[], bytes], write: Callable[[bytes], object], delay: float, rate: float) -> None:
    """One direction, until it is closed; nothing waits for what was sent before to arrive."""
    under_way: Queue[tuple[float, bytes]] = Queue()

    def send() -> None:
        while True:
            data = read()
            under_way.put((time.monotonic() + delay, data))
            if not data:
                return
            if rate:
                time.sleep(len(data) / rate)

    threading.Thread(target=send, daemon=True).start()
    while True:
        due, data = under_way.get()
        time.sleep(max(0.0, due - time.monotonic()))
        if not data:
            return
        write(data)


def write_out(data: bytes) -> None:
    """All of it."""
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    """Both directions; the end of what comes from the host is the end."""
    host, port, delay, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    far = socket.create_connection((host, port))
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def there() -> None:
        carry(lambda: os.read(0, CHUNK), far.sendall, delay, rate)
        far.shutdown(socket.SHUT_WR)

    threading.Thread(target=there, daemon=True).start()
    carry(lambda: far.recv(CHUNK), write_out, delay, rate)


if __name__ == "__main__":
    main()
