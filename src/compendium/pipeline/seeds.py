"""Random numbers of a notebook: a generator for each named use."""

import hashlib

import numpy as np


def generator(notebook: str, label: str, seed: int) -> np.random.Generator:
    """The generator of a named use in a notebook, the same whenever all three are."""
    words = f"{notebook}/{label}".encode()
    key = int.from_bytes(hashlib.sha256(words).digest()[:8], "big")
    return np.random.default_rng([seed, key])
