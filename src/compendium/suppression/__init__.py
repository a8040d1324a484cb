"""What others may see of a run's results: counts, tables, figures and words before any is drawn."""
