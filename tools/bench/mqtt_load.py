"""The load of the MQTT bench, a process of its own: `… -m tools.bench.mqtt_load PORT RATE SECONDS DEVICES`.

Speaks MQTT 3.1.1 over one socket with packets built beforehand, so that the load costs little beside what is
measured. A reading tells device, level and the instant it was sent. One in fifty comes a second time, one in
twenty a little out of order.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time

#: Every hundredth device is flooded: its readings 4, 5 and 6 are over the limit. Every tenth of the others
#: has two readings over it, which is no alarm.
FLOODED, NOISY = 100, 10


def level_of(device: int, reading: int) -> float:
    """What a device measures at its n-th reading."""
    if device % FLOODED == 0:
        return 0.5 if reading in (4, 5, 6) else 0.1
    return 0.45 if device % NOISY == 0 and reading in (4, 6) else 0.1


def length_of(size: int) -> bytes:
    """MQTT's remaining length."""
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (128 if size else 0))
        if not size:
            return bytes(out)


def packet(mid: int, device: int, value: float, at: int) -> bytes:
    """One PUBLISH at QoS 1."""
    topic = f"bench/D{device:06d}/level".encode()
    body = struct.pack(">H", len(topic)) + topic + struct.pack(">H", mid)
    body += f'{{"level":{value},"ts":{at},"q":0}}'.encode()
    return b"\x32" + length_of(len(body)) + body


def connect(port: int) -> socket.socket:
    """A connected client."""
    wire = socket.create_connection(("127.0.0.1", port))
    name = b"bench-load"
    head = b"\0\4MQTT\4\2\0\x3c" + struct.pack(">H", len(name)) + name
    wire.sendall(b"\x10" + length_of(len(head)) + head)
    if wire.recv(4)[3] != 0:
        raise SystemExit("the broker refuses")
    return wire


def main() -> None:
    """Publish at the rate for the seconds, evenly; rate 0 is as fast as it goes, `RATE * SECONDS` of them."""
    port, rate, seconds, devices = (int(text) for text in sys.argv[1:5])
    wire = connect(port)
    threading.Thread(target=_drain, args=(wire,), daemon=True).start()
    total, sent, mid = (rate or 10_000) * seconds, 0, 0
    start = time.time()
    while sent < total:
        due = min(total, int((time.time() - start) * rate)) if rate else min(total, sent + 500)
        out = []
        for n in range(sent, due):
            mid = mid % 65_535 + 1
            sequence = n ^ 1 if n % 20 < 2 else n
            device, reading = sequence % devices, sequence // devices
            at = round((start + sequence / (rate or 10_000)) * 1000)
            out.append(packet(mid, device, level_of(device, reading), at))
            if n % 50 == 0:
                mid = mid % 65_535 + 1
                out.append(packet(mid, device, level_of(device, reading), at))
        if out:
            wire.sendall(b"".join(out))
        sent = due
        if rate:
            time.sleep(0.004)
    time.sleep(1.0)
    print(f"{start} {sent + (total + 49) // 50} {time.time() - start}")


def _drain(wire: socket.socket) -> None:
    while wire.recv(65_536):
        pass


if __name__ == "__main__":
    main()
