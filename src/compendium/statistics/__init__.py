"""Statistics of small samples: ranks, resampling, agreement, Firth's regression, mixed models."""
