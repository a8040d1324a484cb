"""JupyterLab as investigators open it: what it saves, shows and asks of other machines."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from test_exploring import BODY, TABLE, WRITES, with_rules
from test_pipeline import no_kernel, project, run, write_notebook  # noqa: F401

from compendium.cli import group
from compendium.explore import lab, saving
from compendium.files import below, sha256
from compendium.pipeline.exploring import last_study

LOGGED = """
import os, socket
asked = socket.getaddrinfo
def getaddrinfo(host, *more, **named):
    with open(os.environ["LOOKED_UP"], "a") as log:
        log.write(f"{host}\\n")
    return asked(host, *more, **named)
socket.getaddrinfo = getaddrinfo
connect = socket.socket.connect
def connected(self, address):
    with open(os.environ["LOOKED_UP"], "a") as log:
        log.write(f"{address[0] if isinstance(address, tuple) else 'local'}\\n")
    return connect(self, address)
socket.socket.connect = connected
"""
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"  # of the notebooks that are open, the one in front
HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "local", "", "None")


def with_output(path: Path) -> dict[str, Any]:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="P001")]
    notebook.cells[1].execution_count = 3
    return notebook


class TestSaving:
    @pytest.fixture
    def notebook(self, project: Path) -> Path:  # noqa: F811
        return write_notebook(project, "01_mini")

    def save(self, notebook: Path, **model: Any) -> None:
        manager = saving.WithoutOutputs(root_dir=str(notebook.parent))
        asyncio.run(manager.save(model, notebook.name))

    def test_takes_outputs_out(self, notebook):
        self.save(notebook, type="notebook", format="json", content=with_output(notebook))
        saved = nbformat.read(notebook, as_version=4)
        assert "P001" not in notebook.read_text()
        assert [c.execution_count for c in saved.cells if c.cell_type == "code"] == [None] * 3
        assert saved.metadata.compendium.writes == ["numbers/01_mini.json"]

    def test_takes_them_out_of_a_notebook_that_is_sent_as_text(self, notebook):
        text = nbformat.writes(with_output(notebook))
        self.save(notebook, type="file", format="text", content=text)
        assert "P001" not in notebook.read_text()

    @pytest.mark.parametrize(
        "model",
        [
            {"type": "notebook", "format": "json"},
            {"type": "file", "format": "text", "content": "no notebook P001"},
            {"type": "file", "format": "text", "chunk": 1, "content": "{P001"},
            {"type": "file", "format": "base64", "content": "UDAwMQ=="},
        ],
    )
    def test_that_cannot_take_them_out_writes_nothing(self, notebook, model, monkeypatch):
        def fails(content: object) -> None:
            raise RuntimeError("broken")

        if "content" not in model:  # a strip that raises
            monkeypatch.setattr(saving, "without_outputs", fails)
            model = model | {"content": with_output(notebook)}
        before = notebook.read_bytes()
        with pytest.raises(Exception, match="is not saved"):
            self.save(notebook, **model)
        assert notebook.read_bytes() == before

    def test_leaves_other_files_alone(self, notebook):
        self.save(notebook.with_name("a.txt"), type="file", format="text", content="P001")
        assert notebook.with_name("a.txt").read_text() == "P001"


class TestCommand:
    @pytest.fixture
    def started(self, project: Path, monkeypatch) -> list[Any]:  # noqa: F811
        calls: list[Any] = []

        def run_it(command: list[str], env: dict[str, str], check: bool) -> Any:
            calls.append((command, env))
            return subprocess.CompletedProcess(command, 0)

        monkeypatch.setattr(lab.subprocess, "run", run_it)
        return calls

    def invoke(self, *arguments: str) -> Any:
        from click.testing import CliRunner

        return CliRunner().invoke(group, ["lab", *arguments])

    def test_opens_a_study_and_remembers_it(self, started, project):  # noqa: F811
        assert "Study mini:" in self.invoke("mini", "--no-browser").output
        assert last_study(project) == "mini"
        assert "Study mini:" in self.invoke().output
        assert "Study mini:" in self.invoke("--no-browser").output
        command, environment = started[2]
        assert environment["COMPENDIUM_STUDY"] == "mini"
        assert "--no-browser" in command
        assert command[-1] == str(project / "notebooks")

    def test_refuses_a_study_that_is_not_there(self, started):
        result = self.invoke("none")
        assert "none.yml: there is no such file" in str(result.exception)
        assert started == []


class Opened:
    """A JupyterLab, the page in which it is open, and what both asked for."""

    def __init__(self, page: Any, address: str, looked_up: Path) -> None:
        self.page, self.address, self._looked_up = page, address, looked_up
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, name: str) -> None:
        self.page.goto(f"{self.address}/lab/tree/{name}?token=t", wait_until="load")
        self.page.wait_for_selector(f"{SHOWN} .jp-CodeCell", timeout=60_000)
        front = "name => window.jupyterapp.shell.currentWidget?.context?.path === name"
        self.page.wait_for_function(front, arg=name, timeout=60_000)  # others may open with it
        kernel = "window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel"
        ready = f"{kernel}?.connectionStatus === 'connected' && {kernel}.status === 'idle'"
        self.page.wait_for_function(ready, timeout=60_000)

    def do(self, command: str) -> None:
        """Start a command, without waiting for what it promises."""
        self.page.evaluate(f"void window.jupyterapp.commands.execute({command!r})")

    @property
    def outside(self) -> list[str]:
        asked = [url for url in self.requests if not url.startswith(("data:", "blob:"))]
        looked = self._looked_up.read_text().split() if self._looked_up.is_file() else []
        return [url for url in asked if not url.startswith(self.address)] + [
            host for host in looked if host not in HERE
        ]


@contextmanager
def lab_on(root: Path, study: str, aside: Path) -> Iterator[Opened]:
    """A JupyterLab on a study of a project, open in a browser; `aside` takes what it writes."""
    from playwright.sync_api import sync_playwright
    from test_browser import CHROMIUM

    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    (aside / "sitecustomize.py").write_text(LOGGED)
    port = 18_000 + os.getpid() % 2000
    environment = os.environ | {
        "PYTHONPATH": str(aside),
        "LOOKED_UP": str(aside / "log"),
        **{f"JUPYTER_{name}_DIR": str(aside / name) for name in ("CONFIG", "DATA", "RUNTIME")},
    }
    arguments = ["--no-browser", f"--port={port}", "--IdentityProvider.token=t", "--allow-root"]
    command = [sys.executable, "-m", "compendium.cli", "lab", study, *arguments]
    command.append("--LabApp.expose_app_in_browser=True")
    with (aside / "server.txt").open("w") as log, sync_playwright() as playwright:
        server = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True, cwd=root
        )
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server)
        allowed = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=allowed)
        try:
            page = browser.new_page(viewport={"width": 1300, "height": 1400})
            yield Opened(page, address, aside / "log")
        finally:
            browser.close()
            os.killpg(server.pid, 15)
            server.wait(30)


@pytest.fixture
def opened(project: Path, tmp_path_factory) -> Iterator[Opened]:  # noqa: F811
    with lab_on(project, "mini", tmp_path_factory.mktemp("lab")) as lab_opened:
        yield lab_opened


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        if server.poll() is not None:
            raise RuntimeError("JupyterLab ended at start")
        try:
            urllib.request.urlopen(f"{address}/api", timeout=1).read()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError("JupyterLab did not answer")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.long
class TestInABrowser:
    @pytest.fixture
    def notebook(self, no_kernel, project: Path) -> Path:  # noqa: F811
        notebook = with_rules(write_notebook(project, "01_mini", BODY, TABLE, writes=WRITES))
        run(project, notebook)
        write_notebook(project, "02_mini", 'report.read("01_mini", "mini_table")')
        return notebook

    def test_exploring_publishes_nothing_and_asks_no_other_machine(
        self,
        notebook,
        opened,
        project,  # noqa: F811
    ):
        results = project / "results/mini"
        before = {name: sha256(results / name) for name in below(results)}
        opened.open("01_mini.ipynb")
        opened.do("notebook:run-all-cells")
        page = opened.page
        page.wait_for_selector("text=written to results/mini/explore/01_mini", timeout=60_000)
        shown = page.inner_text(".jp-Notebook")
        assert "Exploring study mini: nothing of this is published" in shown
        assert "differ from the study's: none." in shown
        assert "Product: 1.40 [as published]" in shown
        opened.do("docmanager:save")
        page.wait_for_function("!document.querySelector('.jp-mod-dirty')")
        page.wait_for_timeout(1500)
        assert "Product: 1.40 [as published]" in page.inner_text(".jp-Notebook")
        saved = json.loads(notebook.read_text())
        assert [c["outputs"] for c in saved["cells"] if c["cell_type"] == "code"] == [[]] * 5
        assert {name: sha256(results / name) for name in before} == before
        assert opened.outside == []
        assert opened.errors == []

    def test_a_number_in_the_prose_shows_its_value(self, notebook, opened):
        stored = json.loads(notebook.read_text())
        prose = "The product is {num}`mini_product`, by {rule}`tg_ratio`, see {ref}`nowhere`."
        stored["cells"][0] |= {"cell_type": "markdown", "source": [prose]}
        notebook.write_text(json.dumps(stored))
        before = notebook.read_bytes()
        opened.open("01_mini.ipynb")
        opened.page.wait_for_selector("text=The product is 1.40, by 0.7", timeout=30_000)
        opened.do("docmanager:save")
        opened.page.wait_for_timeout(2000)
        assert "{num}`mini_product`" in notebook.read_text()
        assert json.loads(before)["cells"][0]["source"] == [prose]
        assert opened.outside == []
        assert opened.errors == []

    def test_a_refusal_is_one_readable_message(self, notebook, opened):
        opened.open("02_mini.ipynb")
        opened.do("notebook:run-all-cells")
        error = opened.page.wait_for_selector(
            "[data-mime-type='application/vnd.jupyter.stderr']", timeout=60_000
        )
        said = error.inner_text()
        assert said.startswith("Refused. ")
        assert "comes after no notebook. Add 01_mini to compendium.after" in said
        assert len(said.splitlines()) == 1
