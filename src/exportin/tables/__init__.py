"""Waist 1: what instruments gave us, as typed tables with row ids and origins."""
