"""Figures, a module a topic; every function returns a matplotlib Figure and keeps no state."""
