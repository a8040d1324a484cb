"""Workers on a SLURM cluster, by dask-jobqueue; run on a node from which jobs can be submitted.

    python docs/cluster/slurm.py sweep SWEEP.yml

Whatever follows is a command of `compendium` that takes `--scheduler`. The project's folder, with
its environment, has to lie where every node sees it under the same path.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / ".venv" / "bin"
JOBS, MOST = 4, 40  # jobs at first, and at most
JOB: dict[str, Any] = {
    "queue": "general",  # the partition
    "account": None,
    "cores": 8,
    "processes": 8,  # one thread each: a worker runs one chapter at a time
    "memory": "32GB",
    "walltime": "04:00:00",
    "local_directory": "/tmp",
    "python": str(SCRIPTS / "python"),
}


def main() -> None:
    """Ask for workers, and run the command on them."""
    from dask_jobqueue import SLURMCluster

    with SLURMCluster(**JOB) as cluster:
        cluster.adapt(minimum_jobs=JOBS, maximum_jobs=MOST)
        command = [str(SCRIPTS / "compendium"), *sys.argv[1:]]
        address = cluster.scheduler_address
        sys.exit(subprocess.run([*command, "--scheduler", address], cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
