"""The value of a formula at a sampled point."""
