"""What is said where the packages for office files are not installed."""

from exportin.tables.problems import InputError, Problem


def not_installed(ending: str, package: str) -> InputError:
    """Return the refusal of a file whose writer is an extra that was not installed.

    >>> str(not_installed(".pptx", "python-pptx"))
    ".pptx: python-pptx is not installed. Install it: pip install 'exportin[office]'."
    """
    message = f"{package} is not installed."
    remedy = "Install it: pip install 'exportin[office]'."
    return InputError(
        Problem(file=ending, place="", message=message, remedy=remedy, code="not-installed")
    )
