"""From results to what others read: the book, the manuscript, the archive, the registry page."""
