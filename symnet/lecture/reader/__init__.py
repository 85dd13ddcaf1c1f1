"""LaTeX as lecturers write it, read into a typed tree, and printed back."""
