"""What the rest of the document says about the names of a formula: definitions, shapes, facts."""
