"""Bring a study up to date: what a result is made from, whether that still holds, and running."""
