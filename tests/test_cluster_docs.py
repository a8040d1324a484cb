"""The examples for clusters are read by their own parsers; no cluster runs them here."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from compendium import cli
from compendium.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
CLUSTER = ROOT / "docs" / "cluster"
PAGE = (ROOT / "docs" / "beyond-one-machine.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_take_a_scheduler():
    named = set(re.findall(r"compendium (\w+) .*--scheduler", PAGE))
    assert named == {"sweep", "extract", "index", "simulate"} <= set(COMMANDS)
    for name in named:
        command = cli.group.get_command(None, name)
        assert "scheduler" in {parameter.name for parameter in command.params}


def test_scheduler_workers_and_service_of_kubernetes_fit_together():
    cluster = yaml.safe_load((CLUSTER / "kubernetes.yml").read_text())
    assert (cluster["apiVersion"], cluster["kind"]) == ("kubernetes.dask.org/v1", "DaskCluster")
    worker, scheduler = cluster["spec"]["worker"], cluster["spec"]["scheduler"]
    for part in (worker, scheduler):
        (container,) = part["spec"]["containers"]
        mounted = {one["name"] for one in container["volumeMounts"]}
        assert mounted == {one["name"] for one in part["spec"]["volumes"]}
    ports = {one["name"] for one in scheduler["spec"]["containers"][0]["ports"]}
    assert {one["targetPort"] for one in scheduler["service"]["ports"]} == ports
    name = scheduler["service"]["selector"]["dask.org/cluster-name"]
    assert name == cluster["metadata"]["name"]


@pytest.mark.slow
def test_the_job_of_slurm_starts_the_projects_own_python():
    jobqueue = pytest.importorskip("dask_jobqueue")
    spec = importlib.util.spec_from_file_location("slurm", CLUSTER / "slurm.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    here = {"host": "127.0.0.1", "dashboard_address": None}
    with jobqueue.SLURMCluster(**example.JOB, scheduler_options=here) as cluster:
        script = cluster.job_script()
    assert "#SBATCH -p general" in script
    assert "#SBATCH --cpus-per-task=8" in script
    assert f"{ROOT}/.venv/bin/python -m distributed.cli.dask_worker" in script
    assert "--nthreads 1 " in script
