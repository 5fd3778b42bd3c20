"""The only home of p values, intervals between units, and multiplicity."""
