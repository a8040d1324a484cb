"""Trop2 immunohistochemistry: scores and what they are compared and adjusted for."""
