"""Forward definitions that studies speak of and the catalogue does not hold."""
