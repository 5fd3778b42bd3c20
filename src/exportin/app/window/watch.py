"""Tells every open page when the study changes, whoever changed it."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

EVERY_S = 0.5
QUIET_S = 15.0


def event(name: str, data: str) -> bytes:
    r"""Write one server-sent event.

    >>> event("version", "ab12")
    b'event: version\ndata: ab12\n\n'
    """
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()


class Watch:
    """One look at the folder for all listeners; nobody looks while nobody listens.

    Lives in the event loop: `version` alone runs in a thread.
    """

    def __init__(self, version: Callable[[], str], every_s: float = EVERY_S) -> None:
        self.version = version
        self.every_s = every_s
        self.listeners: set[asyncio.Queue[bytes | None]] = set()
        self.closed = False
        self._task: asyncio.Task[None] | None = None
        self._told = ""

    def tell(self, name: str, data: str) -> None:
        """Send an event to everyone who listens; call from the event loop."""
        for queue in self.listeners:
            queue.put_nowait(event(name, data))

    def close(self) -> None:
        """End every stream, so that the server can stop; call from the event loop."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()
        for queue in self.listeners:
            queue.put_nowait(None)

    async def stream(self, *first: bytes) -> AsyncIterator[bytes]:
        """Give events as they come, the present version first, until one side ends."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.listeners.add(queue)
        try:
            self._told = await run_in_threadpool(self.version)
            for one in (event("version", self._told), *first):
                yield one
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._look())
            while not self.closed:
                try:
                    found = await asyncio.wait_for(queue.get(), QUIET_S)
                except TimeoutError:
                    found = b": still here\n\n"
                if found is None:
                    return
                yield found
        finally:
            self.listeners.discard(queue)

    async def _look(self) -> None:
        while self.listeners and not self.closed:
            await asyncio.sleep(self.every_s)
            try:
                now = await run_in_threadpool(self.version)
            except OSError:  # a folder that is being replaced; the next look sees it whole
                continue
            if now != self._told:
                self._told = now
                self.tell("version", now)
