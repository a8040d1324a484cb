"""Exploratory: how well markers and learners predict; apart from the registered analysis."""
