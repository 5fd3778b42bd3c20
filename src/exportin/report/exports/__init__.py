"""A study in the file formats of others: one function for command line, window and notebook."""

from exportin.report.exports.files import (
    FIGURE_ENDINGS,
    STUDY_ENDINGS,
    export_bytes,
    figure_names,
)

__all__ = ["FIGURE_ENDINGS", "STUDY_ENDINGS", "export_bytes", "figure_names"]
