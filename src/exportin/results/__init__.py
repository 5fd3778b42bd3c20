"""Waist 2: estimates, tests, series, flags, screens and draws, the same for every assay."""
