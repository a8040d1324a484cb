"""Size of Firth's likelihood-ratio test with few events, and the bias of ignoring delayed entry."""

import numpy as np

from compendium.operating.survival import delayed_entry_bias, null_rejection

REPLICATES = 10_000
SEED = 20251218


def size() -> None:
    print(f"Rejection under the null, nominal 5 %, {REPLICATES} replicates (Monte-Carlo 95 % CI)")
    for covariates in (1, 2):
        for delayed in (False, True):
            for events in (10, 20, 30):
                if events < 10 * covariates:
                    continue  # the package refuses such a model
                found = null_rejection(
                    events,
                    REPLICATES // covariates,
                    np.random.default_rng([SEED, events, delayed, covariates]),
                    covariates=covariates,
                    delayed=delayed,
                )
                entry = "delayed entry" if delayed else "from the origin"
                print(
                    f"  {events} events, {covariates} covariate(s), {entry:<16}"
                    f"{found.estimate:7.2%} ({found.low:.2%} to {found.high:.2%}), n = {found.n}"
                )


def bias() -> None:
    print("Truncated by death before entry, n = 200 a data set, 1000 data sets")
    found = delayed_entry_bias(1000, np.random.default_rng(SEED))
    print(found.round(4).to_string(index=False))


if __name__ == "__main__":
    size()
    bias()
