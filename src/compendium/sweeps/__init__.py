"""Many runs of chapters: settings from one file, each run kept, one table of all numbers."""
