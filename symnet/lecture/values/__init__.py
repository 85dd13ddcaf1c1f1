"""Numbers and matrices of numbers, and the functions of them."""
