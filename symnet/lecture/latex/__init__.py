"""LaTeX of trees."""
