"""`compendium simulate`: write the synthetic study."""

import os
from pathlib import Path

import click

from compendium.cli.options import SCHEDULER
from compendium.pipeline.data import SEED, generator_now
from compendium.sweeps.parallel import on
from compendium.synthetic.study import make_study
from compendium.synthetic.truth import TRUTHS
from compendium.synthetic.writing import write_study


@click.command(name="simulate")
@click.argument("out_dir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--truth", type=click.Choice(list(TRUTHS)), default="assumed", show_default=True,
              help="Which truth the study is drawn from.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True)
@click.option("--tables-only", is_flag=True, help="Write no images.")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True,
              help="Processes that make images; the result does not depend on it.")  # fmt: skip
@SCHEDULER
def simulate(
    out_dir: Path, truth: str, seed: int, tables_only: bool, workers: int, scheduler: str | None
) -> None:
    """Write a synthetic study with a known truth to OUT_DIR (replaced if it is one already)."""
    made_from = generator_now(truth=truth, seed=seed, images=not tables_only)
    study = make_study(TRUTHS[truth], seed)
    with on(scheduler):
        write_study(study, out_dir, tables_only=tables_only, workers=workers, made_from=made_from)
    click.echo(f"{out_dir}: synthetic study, truth {truth}, seed {seed}")
