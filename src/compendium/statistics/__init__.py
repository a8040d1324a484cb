"""Statistics of small samples: ranks, resampling, Firth's regression, mixed models."""
