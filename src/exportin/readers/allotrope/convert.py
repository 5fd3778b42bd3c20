"""Raw files that we do not read, converted to ASM JSON by an allotropy that the user installed.

The package has requirements that clash with ours (pandas below 3), so it lives in a Python of its
own: ``EXPORTIN_ALLOTROPY`` names that Python, and the conversion runs there with a time limit.
"""

import os
import subprocess

from exportin.readers.allotrope.document import fault
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

VARIABLE = "EXPORTIN_ALLOTROPY"
LIMIT = "EXPORTIN_ALLOTROPY_SECONDS"
SECONDS = 120.0
LAST = 300  # letters of an error text that are shown
SCRIPT = """
import difflib, io, json, os, sys
out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="")
os.dup2(2, 1)  # whatever the package prints must not mix with the result
from allotropy.parser_factory import Vendor
from allotropy.to_allotrope import allotrope_from_io
name, vendor = sys.argv[1:3]
known = {v.name: v for v in Vendor} | {v.value: v for v in Vendor}
if vendor not in known:
    near = difflib.get_close_matches(vendor, [v.name for v in Vendor], 4, 0.3)
    sys.exit("there is no vendor '" + vendor + "'; nearest: " + ", ".join(near))
data = io.BytesIO(sys.stdin.buffer.read())
try:
    model = allotrope_from_io(data, name, known[vendor])
except Exception as error:
    sys.exit(str(error) or type(error).__name__)
json.dump(model, out, allow_nan=False)
out.flush()
"""


def convert(source: Source, vendor: str) -> Source:
    """Return the ASM JSON of a raw file, made by the program that the variable names.

    Parameters
    ----------
    vendor
        Name of the format as allotropy writes it, such as ``AGILENT_GEN5``.

    Raises
    ------
    InputError
        No program or vendor is named, or it fails, prints nothing or takes too long.
    """
    program = os.environ.get(VARIABLE, "")
    if not program:
        message = "This is no ASM JSON, and no converter is named."
        remedy = f"Let the environment variable {VARIABLE} name a Python with allotropy in it."
        raise InputError(fault(source.name, "", message, remedy, "no-converter"))
    if not vendor:
        message = "The study does not say which vendor's format this is."
        remedy = 'Write sheet = "NAME" in the block, as allotropy calls it (AGILENT_GEN5 ...).'
        raise InputError(fault(source.name, "", message, remedy, "no-vendor"))
    seconds = time_limit(source.name)
    name = source.name.rsplit("/", 1)[-1]
    try:
        done = subprocess.run(  # noqa: S603  the user names the program; no shell is involved
            [program, "-I", "-c", SCRIPT, name, vendor],
            input=source.data, capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        message = f"The converter took longer than {seconds:g} s and was stopped."
        remedy = f"Set {LIMIT} to more seconds, or convert the file by hand."
        raise InputError(fault(source.name, "", message, remedy, "converter-slow")) from error
    except (OSError, ValueError) as error:
        message = f"The converter '{program}' cannot be started."
        remedy = f"Let {VARIABLE} name a Python that runs."
        raise InputError(fault(source.name, "", message, remedy, "no-converter")) from error
    if done.returncode or not done.stdout.strip():
        raise InputError(failed(source.name, done.stderr))
    return Source(name=source.name, data=done.stdout)


def time_limit(file: str) -> float:
    """Return the seconds a conversion may take."""
    text = os.environ.get(LIMIT, "")
    try:
        seconds = float(text) if text else SECONDS
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86400:
        message = f"{LIMIT} is '{text[:40]}', which is no number of seconds."
        raise InputError(fault(file, "", message, "Write a number above 0.", "converter-limit"))
    return seconds


def failed(file: str, stderr: bytes) -> Problem:
    """Return the problem of a conversion that failed, with the last words of the converter."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    said = "".join(letter for letter in (lines[-1] if lines else "nothing") if letter.isprintable())
    message = f"The converter failed; it said: {said[-LAST:]}"
    remedy = "Look whether the vendor is right, or use another export of the instrument."
    return fault(file, "", message, remedy, "converter-failed")
