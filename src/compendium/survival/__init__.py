"""Survival with delayed entry, few events, and no number that means nothing.

From the bottom: `times` (entry, time, event), `partial_likelihood`, `cox`, `profile_likelihood`,
`kaplan_meier`, and on them `groups`, `competing`, `checks`. What knows a study: `endpoints` (days
from tables), `markers`, `hazard_ratios`, `intervals`.
"""
