"""Training of the embedded pair: never imported by the running line."""
