"""The chapters' own settings, which no other chapter and no clinical definition rests on.

A name has one meaning, whichever chapters use it. The parameters cell of a notebook repeats the
default, so that the notebook runs by itself; a value that somebody changes there is explored and
never published, for which it has to stand in the params file.
"""

from compendium.limits import Limit, Limits


class Settings(Limits):
    """The settings of all chapters."""

    # fmt: off
    workers = Limit(
        2, "processes that read or draw; the results do not depend on it", unit="processes",
        ge=1, le=512, decides=False,
    )

    # 02_trop2_ihc
    antibody_clone = Limit("", "clone that is analysed; empty for the most used one")
    reader_rule = Limit(
        "mean", "how the readers of a block are combined", choices=("mean", "median")
    )
    block_rule = Limit(
        "highest", "how the blocks of a tissue are combined",
        choices=("highest", "mean", "median"),
    )
    adjust_for = Limit(
        ["age_years", "braf_v600e", "tert_promoter"], "covariates of the adjusted odds ratio",
        longest=3, choices=(
            "age_years", "sex", "braf_v600e", "tert_promoter", "tumour_diameter_mm",
            "extrathyroidal_extension", "vascular_invasion", "multifocal", "n_stage", "m_stage",
            "distant_metastasis",
        ),
    )
    cutoff_resamples = Limit(
        2000, "bootstrap samples of AUC and cut-off", unit="samples", ge=10, le=1_000_000
    )
    model_resamples = Limit(
        500, "bootstrap samples of the adjusted model", unit="samples", ge=10, le=1_000_000
    )

    imputed_sets = Limit(
        20, "imputed data sets of the adjusted model", unit="data sets", ge=2, le=10_000
    )
    imputation_donors = Limit(
        5, "nearest patients from whom a missing covariate is drawn", unit="patients", ge=1, le=100
    )

    # 03_pet_suvmax
    suv_window = Limit(10.0, "SUV shown in full black", unit="g/mL", gt=0, le=1000)
    shown_scan = Limit("", "scan shown large; empty for the 18F-Trop2 scan with most lesions")

    tissue_resamples = Limit(
        2000, "bootstrap samples of the correlation of uptake and tissue", unit="samples", ge=10,
        le=1_000_000,
    )

    # 04_tsh_iodine_uptake
    biological_half_lives = Limit(
        [2.5, 5.0, 20.0], "assumed in lesions for carry-over", unit="days", gt=0, le=10_000
    )

    # 05_survival
    survival_years = Limit(
        [1.0, 2.0, 5.0], "times at which survival is reported", unit="years", gt=0, le=50
    )
    mean_years = Limit(
        2.0, "time from resistance to which the restricted mean is taken", unit="years", gt=0, le=50
    )
    horizon_years = Limit(
        2.0, "time to which prediction is judged", unit="years", gt=0, le=50
    )
    null_replicates = Limit(
        1000, "simulated data sets without effect, for the size of the test", unit="data sets",
        ge=10, le=1_000_000,
    )
    prediction_resamples = Limit(
        300, "bootstrap samples of the measures of prediction", unit="samples",
        ge=10, le=1_000_000,
    )
    learner_predictors = Limit(
        ["age", "male", "tumour_diameter"], "predictors beside Trop2, in the learners",
        choices=("age", "male", "tumour_diameter", "braf", "tert", "vascular"),
    )

    # 06_operating_characteristics
    generator_patients = Limit(
        20_000, "patients of each group drawn against the design", unit="patients", ge=10,
        le=1_000_000,
    )
    tsh_truths = Limit(
        ["assumed", "null", "inverted_u", "carry_over"], "named truths of the TSH effect",
        choices=("assumed", "null", "confounded", "inverted_u", "carry_over"),
    )
    registered_studies = Limit(
        1000, "studies drawn from each truth at the registered sizes", unit="studies", ge=10,
        le=1_000_000,
    )
    grid_studies = Limit(
        20, "studies drawn from two truths at each other size", unit="studies", ge=10,
        le=1_000_000,
    )
    trop2_sizes = Limit(
        [20, 40, 100, 200], "other sizes of a simulated TROP2 study", unit="patients", ge=4,
        le=10_000,
    )
    tsh_sizes = Limit(
        [6, 8, 14, 20], "other sizes of a simulated TSH study", unit="patients", ge=2, le=10_000
    )
    tsh_patients = Limit(
        10, "patients in a simulated TSH study", unit="patients", ge=2, le=10_000
    )
    tsh_studies = Limit(
        1000, "TSH studies drawn from each truth", unit="studies", ge=10, le=1_000_000
    )
    tsh_censored_studies = Limit(
        100, "of these truths for the censored model, which is slow to fit", unit="studies",
        ge=10, le=1_000_000,
    )

    # 07_multiverse
    shuffles = Limit(
        500, "shuffles of the patients in the permutation test of a specification curve",
        unit="shuffles", ge=10, le=1_000_000,
    )

    # 08_public_cohorts
    public_resamples = Limit(
        500, "bootstrap samples of calibration and of the distance in shape", unit="samples",
        ge=10, le=1_000_000,
    )
    shape_samples = Limit(
        1000, "samples of the generator beside real scores", unit="samples", ge=10, le=1_000_000
    )
    shape_tumours = Limit(
        20_000, "tumours drawn of the generator", unit="tumours", ge=100, le=1_000_000
    )
    resampled_patients = Limit(
        60, "patients of a study drawn from real ones", unit="patients", ge=10, le=10_000
    )
    resampled_larger = Limit(
        300, "patients of a larger study of progression, drawn from real ones",
        unit="patients", ge=10, le=10_000,
    )
    resampled_groups = Limit(
        300, "studies of two groups drawn from real patients; exact tests are slow",
        unit="studies", ge=10, le=1_000_000,
    )
    resampled_courses = Limit(
        1000, "studies of progression drawn from real patients", unit="studies", ge=10,
        le=1_000_000,
    )
