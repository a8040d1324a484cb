"""The studies' glue to the engine: every lesion on every scan, and an audit of every series."""
