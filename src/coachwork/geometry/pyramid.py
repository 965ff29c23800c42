"""Which cells of a picture detectors answer for."""

LEVELS = range(3, 8)
"""Levels of the pyramid, fine ones first: cells of 2^3 to 2^7 input pixels."""
