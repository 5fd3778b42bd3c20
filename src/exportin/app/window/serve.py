"""Starts the window on this machine, for this machine only."""

import asyncio
import json
import logging
import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import typer
import uvicorn

from exportin.app.guard import plain, say
from exportin.app.window.answers import json_bytes
from exportin.app.window.build import build
from exportin.app.window.describe import block_json
from exportin.app.window.desk import Desk
from exportin.app.window.limits import MB, Limits
from exportin.app.window.security import Keys, new_token
from exportin.study.edit.journal import repair
from exportin.study.load import FILE
from exportin.study.session import Session
from exportin.tables.problems import InputError, problem_at

HERE = "127.0.0.1"
PATIENCE_S = 3  # for requests in progress when it is stopped


class Stoppable(uvicorn.Server):
    """Ends the streams of events first; it would wait for them otherwise."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self.desk = desk

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        self.desk.watch.close()
        await super().shutdown(sockets)


def serve_study(
    folder: Path, *, port: int = 0, browser: bool = True, as_json: bool = False, file_mb: int = 200
) -> None:
    """Serve one study folder until it is stopped (Ctrl-C).

    Raises
    ------
    InputError
        If the folder is a file, or the port is taken.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(
            problem_at(str(folder), "", "this is a file.", "Name a folder; it may be new.", "file")
        )
    if (folder / FILE).is_file():
        repair(folder)
    listener = listen(port)
    keys = Keys(new_token(), listener.getsockname()[1], ticket=new_token() if browser else "")
    with Session(folder) as session:
        desk = Desk(session, Limits(file=file_mb * MB))
        _announce(folder, keys, as_json=as_json)
        if browser and _has_display():
            Timer(0.5, webbrowser.open, [address(keys, keys.ticket)]).start()
        _run(desk, keys, listener)
    say("Closed. Everything is in the study folder.")
    sys.stdout.flush()
    os._exit(0)  # threads that still compute keep nothing that the store does not have


def listen(port: int) -> socket.socket:
    """Take a port of this machine, a free one for 0.

    Raises
    ------
    InputError
        If it is taken, or may not be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name != "nt":  # there it would let a second server take the same port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HERE, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = f"port {port} cannot be used: {error.strerror}."
        raise InputError(
            problem_at("serve", "--port", message, "Leave --port out for a free one.", "port")
        ) from None
    return listener


def address(keys: Keys, token: str = "") -> str:
    """Return the address that opens the window."""
    return f"http://{HERE}:{keys.port}/?token={token or keys.token}"


def _announce(folder: Path, keys: Keys, *, as_json: bool) -> None:
    if as_json:
        base = f"http://{HERE}:{keys.port}"
        said = {"url": address(keys), "base": base, "port": keys.port, "token": keys.token}
        typer.echo(json.dumps({**said, "folder": str(folder.resolve())}))
    else:
        say(f"{folder}: open {address(keys)}")
        say("The address holds the key to this study; Ctrl-C closes the window.")
    sys.stdout.flush()


def _has_display() -> bool:
    """Whether a browser could show anything; on Linux someone must sit at a screen."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _run(desk: Desk, keys: Keys, listener: socket.socket) -> None:
    config = uvicorn.Config(
        build(desk, keys, log=_log),
        http="h11",
        ws="none",
        lifespan="on",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE_S,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 * 1024,
    )
    if not os.environ.get("EXPORTIN_DEBUG"):
        logging.getLogger("uvicorn").disabled = True  # bugs are told in a line of our own
        logging.getLogger("uvicorn.error").disabled = True
    server = Stoppable(config, desk)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        desk.warmth.start(lambda: first_look(desk), _teller(desk, loop))
        await server.serve(sockets=[listener])

    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        return


def first_look(desk: Desk) -> None:
    """Compute and write what the first pages show."""
    outcome = desk.state().outcome
    for block in outcome.blocks if outcome else ():
        block_json(desk, block.name)


def _teller(desk: Desk, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
    """Return what tells the open pages that everything is ready."""

    def tell() -> None:
        said = json_bytes(desk.warmth.said()).decode()
        if not loop.is_closed():
            loop.call_soon_threadsafe(desk.watch.tell, "warm", said)

    return tell


def _log(line: str) -> None:
    typer.echo(plain(line), err=True)
