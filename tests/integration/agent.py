# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that runs on a host of the tests: it answers UDP, TCP and ICMP, notes what arrives, and probes others.

A line of JSON on its input is an order, a line of JSON on its output the result. Every probe bears a token of its own, by
which the other side's note of it is found.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import sys
from typing import Any

PORTS = (53, 443, 8005)
ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
REDIRECT = {4: 5, 6: 137}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
ICMP = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}

# An allowed packet may take its time on a busy machine; a forbidden one never comes.
PATIENCE = 10.0


class Agent:
    """What arrived (token and source), redirects that came, and the probes that wait for an answer."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []
        self.redirects = 0
        self.waiting: dict[str, asyncio.Future[None]] = {}
        self.icmp = {version: socket.socket(FAMILY[version], socket.SOCK_RAW, ICMP[version]) for version in (4, 6)}

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for version, raw in self.icmp.items():
            raw.setblocking(False)
            loop.add_reader(raw, self._on_icmp, version)
            for port in PORTS:
                loop.add_reader(udp := _udp_server(version, port), self._on_udp, udp)
                tcp = socket.create_server(("", port), family=FAMILY[version], backlog=1024)
                await asyncio.start_server(self._on_tcp, sock=tcp)

    def _on_icmp(self, version: int) -> None:
        packet, sender = self.icmp[version].recvfrom(2048)
        message = packet[(packet[0] & 15) * 4 :] if version == 4 else packet
        if message[0] == REDIRECT[version]:
            self.redirects += 1
        token = message[8:].decode(errors="replace")
        if message[0] == ECHO_REQUEST[version] and ":" in token:
            self.arrived.append((token, sender[0]))
        elif message[0] == ECHO_REPLY[version]:
            self._answer(token)

    def _on_udp(self, server: socket.socket) -> None:
        token, told, _flags, sender = server.recvmsg(512, 256)
        self.arrived.append((token.decode(), sender[0]))
        with contextlib.suppress(OSError):
            # From the address that was asked: the kernel would take the one that the way back begins with.
            server.sendmsg([token], [_source_of(server, told)], 0, sender)

    async def _on_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            token = (await reader.readline()).decode().strip()
            if token:
                self.arrived.append((token, writer.get_extra_info("peername")[0]))
                writer.write(f"{token}\n".encode())
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def _answer(self, token: str) -> None:
        future = self.waiting.get(token)
        if future and not future.done():
            future.set_result(None)

    async def probe(self, order: dict[str, Any]) -> dict[str, Any]:
        """Send all probes at once; wait for those that are expected to be answered, and a while for the others."""
        tasks = {probe["token"]: asyncio.ensure_future(self._one(**probe)) for probe in order["probes"]}
        await asyncio.sleep(order["wait"])
        expected = [tasks[token] for token in order["expected"]]
        if expected:
            await asyncio.wait(expected, timeout=PATIENCE)
        answered = [token for token, task in tasks.items() if task.done() and task.exception() is None]
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        return {"answered": answered}

    async def _one(self, token: str, protocol: str, target: str, port: int, source: str) -> None:
        version = 6 if ":" in target else 4
        if protocol == "tcp":
            await self._tcp(token, target, port, source)
        elif protocol == "udp":
            with socket.socket(FAMILY[version], socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                client.bind((source, 0))
                client.sendto(token.encode(), (target, port))
                assert await asyncio.get_running_loop().sock_recv(client, 512) == token.encode()
        else:
            await self._ping(version, token, target, source)

    async def _tcp(self, token: str, target: str, port: int, source: str) -> None:
        reader, writer = await asyncio.open_connection(target, port, local_addr=(source, 0))
        try:
            writer.write(f"{token}\n".encode())
            assert (await reader.readline()).decode().strip() == token
        finally:
            writer.close()

    async def _ping(self, version: int, token: str, target: str, source: str) -> None:
        self.waiting[token] = asyncio.get_running_loop().create_future()
        packet = _echo_request(version, len(self.waiting) & 0xFFFF, token)
        with socket.socket(FAMILY[version], socket.SOCK_RAW, ICMP[version]) as sender:
            sender.bind((source, 0))
            sender.sendto(packet, (target, 0))
        await self.waiting[token]

    def collect(self) -> dict[str, Any]:
        """What arrived since the last time."""
        result = {"arrived": self.arrived, "redirects": self.redirects}
        self.arrived, self.redirects = [], 0
        return result


def _udp_server(version: int, port: int) -> socket.socket:
    server = socket.socket(FAMILY[version], socket.SOCK_DGRAM)
    if version == 4:
        server.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO, which Python names from 3.14 on
    else:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    server.setblocking(False)
    server.bind(("", port))
    return server


def _source_of(server: socket.socket, told: list[tuple[int, int, bytes]]) -> tuple[int, int, bytes]:
    level, kind, data = told[0]
    if server.family == socket.AF_INET:
        _index, _local, target = struct.unpack("I4s4s", data)
        return level, kind, struct.pack("I4s4s", 0, target, b"\0\0\0\0")
    return level, kind, data[:16] + struct.pack("I", 0)


def _echo_request(version: int, number: int, token: str) -> bytes:
    body = token.encode() + b"\0" * (len(token) % 2)
    header = struct.pack("!BBHHH", ECHO_REQUEST[version], 0, 0, number, 1)
    if version == 6:
        return header + token.encode()
    total = sum(struct.unpack(f"!{(len(header) + len(body)) // 2}H", header + body))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return struct.pack("!BBHHH", ECHO_REQUEST[version], 0, checksum, number, 1) + token.encode()


async def main() -> None:
    """Obey until the input ends."""
    agent = Agent()
    await agent.listen()
    print("ready", flush=True)
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        result = await agent.probe(order) if order["do"] == "probe" else agent.collect()
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
