"""Notebooks are saved without outputs, while the screen keeps them; what cannot be is not saved.

A hook that runs before a save may fail, and JupyterLab then saves all the same, outputs and
patients' rows included. So this is the save itself.
"""

import json
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

from compendium.notebook_file import without_outputs


class WithoutOutputs(AsyncLargeFileManager):
    """The files that JupyterLab opens and saves."""

    async def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Save a file; a notebook, however it is sent, without what running it left.

        Raises:
            HTTPError: it is not a notebook that outputs can be taken out of; nothing is written.
        """
        saved: dict[str, Any] = await super().save(_emptied(model, path), path)  # type: ignore[no-untyped-call]
        return saved


def _emptied(model: dict[str, Any], path: str) -> dict[str, Any]:
    notebook = model.get("type") == "notebook"
    if not (notebook or path.lower().endswith(".ipynb")) or model.get("content") is None:
        return model
    if "chunk" in model:
        raise HTTPError(400, f"{path} is not saved: a notebook has to come in one piece.")
    content = model["content"]
    try:
        if isinstance(content, str):
            if model.get("format") == "base64":
                raise ValueError("sent in base64")
            found = without_outputs(json.loads(content))
            return model | {"content": json.dumps(found, ensure_ascii=False, indent=1) + "\n"}
        return model | {"content": without_outputs(content)}
    except Exception as error:
        said = f"{path} is not saved: its outputs could not be taken out ({error!r})."
        raise HTTPError(500, said) from error
