"""Every TCP connection attempt in the namespace, seen as a packet: also one to a closed port."""

import asyncio
import collections
import contextlib
import ctypes
import ipaddress
import socket
import struct

ETH_P_ALL = 3
SO_ATTACH_FILTER, SO_RCVBUFFORCE = 26, 33
SOL_PACKET, PACKET_STATISTICS = 263, 6
BUFFER_BYTES = 64 << 20

# Classic BPF: (code, jump if true, jump if false, k). What passes left this host, is TCP, and has
# SYN without ACK. The kernel puts no extension header before the TCP header of a SYN.
FILTER = (
    (0x20, 0, 0, 0xFFFFF004),  # packet type
    (0x15, 0, 14, 4),          # PACKET_OUTGOING, or drop
    (0x30, 0, 0, 0),
    (0x54, 0, 0, 0xF0),
    (0x15, 5, 0, 0x60),        # IPv6
    (0x30, 0, 0, 9),
    (0x15, 0, 9, 6),           # TCP
    (0xB1, 0, 0, 0),           # X = length of the IPv4 header
    (0x50, 0, 0, 13),
    (0x05, 0, 0, 3),
    (0x30, 0, 0, 6),
    (0x15, 0, 4, 6),           # TCP
    (0x30, 0, 0, 53),
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),        # SYN of SYN and ACK
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
)

Seen = collections.namedtuple("Seen", "address port")


def seen_in(packet):
    if packet[0] >> 4 == 6:
        address, tcp = ipaddress.IPv6Address(packet[24:40]), 40
    else:
        address, tcp = ipaddress.IPv4Address(packet[16:20]), 4 * (packet[0] & 15)
    return Seen(address, struct.unpack_from("!H", packet, tcp + 2)[0])


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


class Wire:
    """Enter within a running loop. `lost` counts what did not fit into the socket's buffer."""

    def __enter__(self):
        self.lost, self._found = 0, []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        code = b"".join(struct.pack("HBBI", *step) for step in FILTER)
        keep = ctypes.create_string_buffer(code)
        program = _Program(len(FILTER), ctypes.addressof(keep))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(program))
        self._enlarge()
        self.socket.setblocking(False)
        self.socket.bind(("lo", ETH_P_ALL))
        asyncio.get_running_loop().add_reader(self.socket, self._read)
        return self

    def _enlarge(self):
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        except PermissionError:  # in a user namespace the system's limit stays
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)

    def __exit__(self, *_):
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()

    def seen(self):
        """The attempts since the last call, in order."""
        self._read()
        found, self._found = self._found, []
        _, lost = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.lost += lost  # reading resets the kernel's count
        return found

    def _read(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self._found.append(seen_in(self.socket.recv(128)))
