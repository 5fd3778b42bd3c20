"""Takes the network away from every Python process that the tests start."""

import socket


def refuse(*args: object, **options: object) -> None:
    """Stand in for everything that would leave this machine."""
    raise RuntimeError(f"no network: {args[-1] if args else options!r}")


class Offline(socket.socket):
    """A socket that speaks to processes of this machine only."""

    def connect(self, address: object) -> None:
        """Allow local sockets; refuse addresses of a network."""
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address)
        super().connect(address)  # type: ignore[arg-type]

    def connect_ex(self, address: object) -> int:
        """Like connect."""
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address)
        return super().connect_ex(address)  # type: ignore[arg-type]


socket.socket = Offline  # type: ignore[misc]
socket.getaddrinfo = refuse  # type: ignore[assignment]
socket.create_connection = refuse  # type: ignore[assignment]
