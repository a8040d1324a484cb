"""What JupyterLab's server adds: it tells what the roles of an open notebook stand for."""

import json
import os
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from compendium.files import project_root
from compendium.pipeline.exploring import STUDY, last_study
from compendium.pipeline.roles import answer


class RolesHandler(APIHandler):
    """GET compendium/roles?path=<notebook>."""

    @web.authenticated
    def get(self) -> None:
        """Answer with the words in place of the notebook's roles."""
        root = project_root()
        study = os.environ.get(STUDY) or last_study(root)
        self.finish(json.dumps(answer(root, study, self.get_query_argument("path"))))


def _load_jupyter_server_extension(server_app: Any) -> None:
    base = server_app.web_app.settings["base_url"].rstrip("/")
    server_app.web_app.add_handlers(".*$", [(f"{base}/compendium/roles", RolesHandler)])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "compendium.explore.server"}]
