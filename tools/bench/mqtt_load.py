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
#: Messages the broker has not acknowledged, at most.
_OPEN = 1_000


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
    """Publish at the rate for the seconds, evenly; with rate 0 as fast as the broker takes it."""
    port, rate, seconds, devices = (int(text) for text in sys.argv[1:5])
    pace = rate or 10_000
    wire, acknowledged = connect(port), [0]
    threading.Thread(target=_drain, args=(wire, acknowledged), daemon=True).start()
    total, sent, said = pace * seconds, 0, 0
    start = time.time()
    while sent < total:
        due = min(total, int((time.time() - start) * rate) if rate else sent + 200)
        out = []
        for n in range(sent, due):
            sequence = n ^ 1 if n % 20 < 2 else n
            device, reading = sequence % devices, sequence // devices
            at = round((start + sequence / pace) * 1000)
            for _ in range(2 if n % 50 == 0 else 1):
                said += 1
                out.append(packet(said % 65_535 + 1, device, level_of(device, reading), at))
        if out:
            wire.sendall(b"".join(out))
        sent = due
        while said - acknowledged[0] > _OPEN:
            time.sleep(0.001)
        if rate:
            time.sleep(0.004)
    while acknowledged[0] < said:
        time.sleep(0.01)
    print(f"{start} {said} {time.time() - start}")


def _drain(wire: socket.socket, acknowledged: list[int]) -> None:
    """Count what the broker acknowledges: four bytes each."""
    received = 0
    while block := wire.recv(65_536):
        received += len(block)
        acknowledged[0] = received // 4


if __name__ == "__main__":
    main()
