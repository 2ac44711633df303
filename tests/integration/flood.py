# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that sends numbered datagrams of several flows in turn, from the line "go" to the line "stop".

Its arguments are the packets a second in sum, and the flows as JSON. A fresh flow has a new source port for each
datagram. At the end it tells the numbers that were sent and that came back, by flow.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from typing import Any

# How long the last answers are waited for, and for how long a socket of a fresh flow is kept for its one answer.
PATIENCE = 2.0
# A sender that the machine held up makes good for at most so many packets at once.
BURST = 20


class Flood:
    """The sockets of all flows, and what they sent and got."""

    def __init__(self, flows: list[dict[str, Any]]) -> None:
        self.flows = flows
        self.sent = [0] * len(flows)
        self.back: list[set[int]] = [set() for _flow in flows]
        self.poll = select.epoll()
        self.sockets: dict[int, tuple[socket.socket, int]] = {}
        self.fresh: list[tuple[float, int]] = []
        self.steady = [None if flow["fresh"] else self._open(number) for number, flow in enumerate(flows)]

    def _open(self, number: int) -> socket.socket:
        flow = self.flows[number]
        made = socket.socket(socket.AF_INET6 if ":" in flow["target"] else socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        made.setblocking(False)
        made.bind((flow["source"], 0))
        self.poll.register(made, select.EPOLLIN)
        self.sockets[made.fileno()] = (made, number)
        return made

    def send(self, number: int) -> None:
        flow, steady = self.flows[number], self.steady[number]
        sender = steady or self._open(number)
        if steady is None:
            self.fresh.append((time.monotonic() + PATIENCE, sender.fileno()))
        token = f"{flow['name']}:{self.sent[number]}"
        sender.sendto(token.encode(), (flow["target"], flow["port"]))
        self.sent[number] += 1

    def receive(self, timeout: float) -> None:
        for descriptor, _event in self.poll.poll(max(timeout, 0)):
            receiver, number = self.sockets[descriptor]
            self.back[number].add(int(receiver.recv(256).rpartition(b":")[2]))
        while self.fresh and self.fresh[0][0] < time.monotonic():
            _due, descriptor = self.fresh.pop(0)
            self.poll.unregister(descriptor)
            self.sockets.pop(descriptor)[0].close()

    def run(self, rate: float) -> None:
        """Send until a line comes."""
        period, turn = 1 / rate, 0
        due = time.monotonic()
        while not select.select([0], [], [], 0)[0]:
            now = time.monotonic()
            due = max(due, now - BURST * period)
            while due <= now:
                self.send(turn % len(self.flows))
                turn, due = turn + 1, due + period
            self.receive(0 if due <= time.monotonic() else min(due - time.monotonic(), 0.002))


def main() -> None:
    """Once for each line "go"."""
    rate, flows = float(sys.argv[1]), json.loads(sys.argv[2])
    print("ready", flush=True)
    for _line in iter(sys.stdin.readline, ""):
        flood = Flood(flows)
        began = time.monotonic()
        flood.run(rate)
        sys.stdin.readline()
        seconds = time.monotonic() - began
        while time.monotonic() - began - seconds < PATIENCE:
            flood.receive(0.1)
        told = {flow["name"]: [flood.sent[number], len(flood.back[number])] for number, flow in enumerate(flood.flows)}
        print(json.dumps({"seconds": seconds, "flows": told}), flush=True)


if __name__ == "__main__":
    main()
