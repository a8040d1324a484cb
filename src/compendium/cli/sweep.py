"""The command that runs chapters under many settings."""

from pathlib import Path

import click

from compendium.cli.options import SCHEDULER
from compendium.cli.pipeline import WORKERS


@click.command()
@click.argument("sweep_file", metavar="SWEEP.yml", type=click.Path(path_type=Path))
@WORKERS
@SCHEDULER
@click.option("--check", is_flag=True, help="Check the file and count the settings; run nothing.")
def sweep(sweep_file: Path, workers: int, scheduler: str | None, check: bool) -> None:
    """Run chapters of studies under many settings of rules, as SWEEP.yml asks.

    What is finished is not run again; so a sweep that was stopped goes on where it was. Where a
    setting failed the others are run all the same, and the command then ends in an error.
    """
    from compendium.counting import counted
    from compendium.errors import RunFailed
    from compendium.files import project_root
    from compendium.pipeline.fingerprint import Present
    from compendium.remembered import remembered_in
    from compendium.sweeps.asked import read_sweep
    from compendium.sweeps.driving import carry_out_sweep
    from compendium.sweeps.tables import failed_in, said_of

    root = project_root()
    asked = read_sweep(sweep_file, root)
    chapters = ", ".join(chapter.name for chapter in asked.chapters)
    studies = ", ".join(path.stem for path in asked.params_files)
    settings = counted(len(asked.settings), "settings")
    click.echo(f"{asked.name}: {settings} of {chapters} over {studies}")
    if check:
        return
    base = Present(root, sweep_file, {}, remembered_in(root))
    folders = carry_out_sweep(asked, base, workers=workers, scheduler=scheduler, say=click.echo)
    for folder in folders:
        click.echo(f"{folder.relative_to(root).as_posix()}: numbers.csv, runs.csv, costs.csv")
        for line in said_of(folder):
            click.echo(f"  {line}")
    failed = [said for folder in folders if (said := failed_in(folder))]
    if failed:
        raise RunFailed("; ".join(failed) + ". The column message of runs.csv says of each why.")
