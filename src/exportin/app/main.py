"""The command line. Nothing heavy is imported before a command runs."""

import os
import sys

ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Run the command line; only our own bugs end with code 1."""
    for name in ONE_THREAD:  # same bytes with any number of cores; workers give the speed
        os.environ.setdefault(name, "1")
    from exportin.app.commands import app

    try:
        app(prog_name="exportin")
    finally:
        _finish_output()


def _finish_output() -> None:
    """Print what waits; a reader that went away is no error."""
    from exportin.app.guard import close_output

    try:
        sys.stdout.flush()
    except BrokenPipeError:
        close_output()


if __name__ == "__main__":
    main()
