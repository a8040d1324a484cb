"""What a notebook's cell shows: results, and refusals as messages."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compendium.errors import UserError
from compendium.formatting import visible


@dataclass(frozen=True)
class Shown:
    """What a notebook's cell displays; the same in JupyterLab and in the book.

    Attributes:
        text, html, svg: the forms that it has.
        caption: of a drawing that is shown where no book shows it.
        of: kind and id of what is shown, kept with the output so that the book knows it again.
    """

    text: str
    html: str = ""
    svg: str = ""
    caption: str = ""
    of: Mapping[str, str] = field(default_factory=dict)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        bundle = {"text/plain": self.text, "text/html": self.html, "image/svg+xml": self.svg}
        if self.caption:  # in one form, since a notebook shows no two
            bundle["text/html"] = f"{bundle.pop('image/svg+xml')}<p>{html.escape(self.caption)}</p>"
        metadata = {"compendium": dict(self.of)} if self.of else {}
        return {mime: content for mime, content in bundle.items() if content}, metadata


def readable_refusals() -> None:
    """Let a notebook show a refusal as its message alone, without a traceback of the package."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((UserError,), _say_refusal)


def _say_refusal(
    shell: Any, kind: type[BaseException], error: BaseException, *_: Any, **__: Any
) -> list[str]:
    said = [f"Refused. {visible(str(error))}"]
    shell._showtraceback(kind, error, said)  # an error to whoever runs the cell, so that it stops
    return said


def display(shown: Shown) -> None:
    """Show it now, where a notebook runs; a cell shows its last value by itself."""
    from IPython import get_ipython
    from IPython.display import display as show

    if get_ipython() is not None:
        show(shown)  # type: ignore[no-untyped-call]
