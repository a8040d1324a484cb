"""How far a sweep is, told now and then in a line with the time that is left."""

from collections.abc import Callable
from time import monotonic

EVERY_S = 5.0


class Progress:
    """Counts what is done of all that is to be done.

    Args:
        total: chapters under settings, over all studies.
        say: told a line every few seconds.
    """

    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self._total, self._say = total, say
        self._counts = {"run": 0, "shared": 0, "fresh": 0, "failed": 0}
        self._started = self._said = monotonic()
        self._there = 0  # done before anything ran
        self._told = -1  # of how many was told

    def add(self, what: str, number: int = 1) -> None:
        """Count what came of a chapter under a setting, and say so if it is time."""
        self._counts[what] += number
        if what == "fresh":
            self._there += number
        if monotonic() - self._said > EVERY_S:
            self.tell()

    def tell(self) -> None:
        """Say how far it is, if that was not said."""
        self._said = monotonic()
        done = sum(self._counts.values())
        if done == self._told:
            return
        self._told = done
        parts = ", ".join(f"{number} {what}" for what, number in self._counts.items() if number)
        self._say(f"{done} of {self._total}: {parts or 'none yet'}{self._left(done)}")

    def _left(self, done: int) -> str:
        """The time left, as long as the rest takes as long as what was done so far."""
        made = done - self._there
        if not made or done == self._total:
            return ""
        seconds = (monotonic() - self._started) / made * (self._total - done)
        return f"; about {said(seconds)} left"


def said(seconds: float) -> str:
    """A time in words."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
