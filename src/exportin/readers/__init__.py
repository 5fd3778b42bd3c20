"""One file per format: bytes to a raw kind."""
