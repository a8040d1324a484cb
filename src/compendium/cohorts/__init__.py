"""Real, public patients, images and scores, on which the studies' own functions are run."""
