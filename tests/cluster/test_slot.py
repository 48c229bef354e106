"""Slots: two at once never share a port, taken ports are passed over, and what runs out says so."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.drivers.process.slot import BLOCK_PORTS, BLOCKS, FIRST_PORT, Slot, is_free
from actorproof.harness.errors import PortTakenError, UsageError

HOLDER = """
import sys
from actorproof.harness.drivers.process.slot import Slot
with Slot.acquire() as slot:
    print(slot.index, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def room() -> Iterator[int]:
    """First port of a stretch that is ours, for blocks of our own."""
    with Slot.acquire() as slot:
        ports = [slot.port() for _ in range(100)]
        yield ports[0]


def test_all_blocks_are_below_the_ephemeral_range() -> None:
    assert FIRST_PORT + BLOCKS * BLOCK_PORTS <= 32768


def test_two_in_one_process() -> None:
    with Slot.acquire() as one, Slot.acquire() as two:
        assert one.index != two.index
        assert not {one.port() for _ in range(200)} & {two.port() for _ in range(200)}


def test_two_processes_at_once() -> None:
    command = [sys.executable, "-c", HOLDER]
    holders = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    try:
        held = []
        for holder in holders:
            assert holder.stdout is not None
            held.append(int(holder.stdout.readline()))
        assert len(set(held)) == len(held)
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def test_a_killed_holder_gives_its_block_back(room: int) -> None:
    program = HOLDER.replace("acquire()", f"acquire(first_port={room}, block_ports=10, blocks=1)")
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"0\n"
        with pytest.raises(PortTakenError):
            Slot.acquire(first_port=room, block_ports=10, blocks=1)
        holder.kill()
        holder.communicate()
    Slot.acquire(first_port=room, block_ports=10, blocks=1).release()


def test_block_with_a_taken_port_is_passed_over(room: int) -> None:
    with (
        socket.create_server(("127.0.0.1", room + 7)),
        Slot.acquire(first_port=room, block_ports=10, blocks=2) as slot,
    ):
        assert slot.index == 1
        assert slot.port() == room + 11


def test_taken_on_another_loopback_number_counts(room: int) -> None:
    try:
        other = socket.create_server(("127.0.1.9", room + 7))
    except OSError:
        pytest.skip("this machine has only one loopback address")
    with other, Slot.acquire(first_port=room, block_ports=10, blocks=2) as slot:
        assert slot.index == 1


def test_nothing_free_says_what_to_do(room: int) -> None:
    with (
        Slot.acquire(first_port=room, block_ports=10, blocks=1),
        pytest.raises(PortTakenError, match=f"from {room} to {room + 9} is held.*actorproof doctor"),
    ):
        Slot.acquire(first_port=room, block_ports=10, blocks=1)


def test_release_gives_back_and_may_be_repeated(room: int) -> None:
    slot = Slot.acquire(first_port=room, block_ports=10, blocks=1)
    slot.release()
    slot.release()
    with Slot.acquire(first_port=room, block_ports=10, blocks=1):
        pass


def test_used_up(room: int) -> None:
    with Slot.acquire(first_port=room, block_ports=3, blocks=1) as slot:
        assert [slot.port(), slot.port()] == [room + 1, room + 2]
        with pytest.raises(UsageError, match=f"ports {room}-{room + 2} is used up: choose a smaller"):
            slot.port()


def test_what_a_closed_connection_left_does_not_count(room: int) -> None:
    at = Address(ip="127.0.0.1", port=room + 5)
    with socket.create_server((at.ip, at.port)) as server, socket.create_connection((at.ip, at.port)):
        connection, _ = server.accept()
        assert not is_free(at)
        connection.close()  # this end closes first, so it keeps the port in TIME_WAIT
    assert is_free(at)
