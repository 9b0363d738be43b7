"""A generated world: pictures and sounds with labels, and a film composed of both.

The embedded models are trained on samples of it, and the demonstration shows new instances of it.
"""
