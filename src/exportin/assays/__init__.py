"""One folder per assay, all alike."""
