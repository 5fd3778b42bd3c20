"""Curated facts, a source on every row."""
