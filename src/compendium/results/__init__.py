"""What a study's notebooks left behind: reading it whole, and comparing two of them."""
