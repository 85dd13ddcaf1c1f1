"""Claims tried at many points."""
