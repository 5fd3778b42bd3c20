"""Takes the network away from every Python process that the tests start."""

import socket

HERE = ("127.0.0.1", "localhost", "::1")
look_up = socket.getaddrinfo


def refuse(*args: object, **options: object) -> None:
    """Stand in for everything that would leave this machine."""
    raise RuntimeError(f"no network: {args[-1] if args else options!r}")


def here(host: object, *args: object, **options: object) -> object:
    """Look up names of this machine only."""
    return look_up(host, *args, **options) if host in HERE else refuse(host)  # type: ignore[arg-type]


class Offline(socket.socket):
    """A socket that speaks to processes of this machine only."""

    def connect(self, address: object) -> None:
        """Allow what stays on this machine; refuse addresses of a network."""
        if _leaves(self, address):
            refuse(address)
        super().connect(address)  # type: ignore[arg-type]

    def connect_ex(self, address: object) -> int:
        """Like connect."""
        if _leaves(self, address):
            refuse(address)
        return super().connect_ex(address)  # type: ignore[arg-type]


def _leaves(made: socket.socket, address: object) -> bool:
    if made.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return not isinstance(address, tuple) or address[0] not in HERE


socket.socket = Offline  # type: ignore[misc]
socket.getaddrinfo = here  # type: ignore[assignment]
