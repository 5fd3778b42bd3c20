"""The report: document, tables, methods text and bibliography."""
