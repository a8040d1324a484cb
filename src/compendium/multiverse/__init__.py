"""Every reasonable choice of every decision at once: how an answer depends on them."""
