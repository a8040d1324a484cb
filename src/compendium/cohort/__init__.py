"""Who belongs to each registered study: the ledger of candidates, the cohort, its flow."""
