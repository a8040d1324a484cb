"""The shared style and the forest plot; figures of an analysis stand beside it.

Every function returns a matplotlib Figure and keeps no state.
"""
