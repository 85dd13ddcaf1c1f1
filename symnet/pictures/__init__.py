"""Pictures: computational graphs with values and gradients at a point, and curves drawn from derived gradients."""
