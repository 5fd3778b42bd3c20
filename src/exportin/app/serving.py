"""Opens the window, where the packages it needs are installed."""

from pathlib import Path

from exportin.tables.problems import InputError, problem_at

NEEDED = ("starlette", "uvicorn")


def serve(folder: Path, *, port: int, browser: bool, as_json: bool, file_mb: int) -> None:
    """Serve a study folder until it is stopped.

    Raises
    ------
    InputError
        If the packages of the window are not installed, or it cannot be opened.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        message = f"the window needs the package '{error.name}', which is not installed."
        remedy = "Install it: pip install 'exportin[web]'"
        raise InputError(problem_at("serve", "", message, remedy, "no-web")) from None
    from exportin.app.window.serve import serve_study

    serve_study(folder, port=port, browser=browser, as_json=as_json, file_mb=file_mb)
