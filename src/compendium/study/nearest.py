"""The word that was probably meant."""

import difflib
from collections.abc import Iterable


def closest(word: str, words: Iterable[str]) -> str:
    """A question that names the nearest of `words`, or nothing.

    Words that begin with what was written come first: PTC is short for a ptc_…, never a pdtc.
    """
    by_lower = {candidate.lower(): candidate for candidate in words}
    begun = [candidate for candidate in by_lower if word and candidate.startswith(word.lower())]
    cutoff = 0.0 if len(begun) == 1 else 0.6
    near = difflib.get_close_matches(word.lower(), begun or by_lower, n=1, cutoff=cutoff)
    return f"Did you mean {by_lower[near[0]]}? " if near else ""
