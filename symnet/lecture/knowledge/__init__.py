"""What the field knows: names with a meaning, algorithms, laws of moments."""
