"""For nbval: a kernel that ends before it answers is started again, as in a run of a notebook."""

from typing import Any

import nbval.kernel

from compendium.pipeline.run import STARTS

_start = nbval.kernel.start_new_kernel


def start_new_kernel(*args: Any, **options: Any) -> Any:
    """nbval's own, up to so many times; each has other ports."""
    for _ in range(STARTS - 1):
        try:
            return _start(*args, **options)
        except RuntimeError as error:
            print(f"{error}. It is started again.")
    return _start(*args, **options)


nbval.kernel.start_new_kernel = start_new_kernel
