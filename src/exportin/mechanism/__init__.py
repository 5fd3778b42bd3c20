"""The mechanistic model and the links that carry results into it."""
