"""Builders of views that several assays share."""
