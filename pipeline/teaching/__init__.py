"""How a rule is taught: labelled examples, methods, the choice between them, and kept lessons."""
