"""One file per link; each holds ``LINK = Link(...)`` and is found by folder."""
