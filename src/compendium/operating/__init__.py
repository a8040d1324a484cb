"""Simulation under known truth: bias, coverage, type I error and power of the analyses."""
