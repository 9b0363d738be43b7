"""A soak: a site that lives for hours with cameras that fail now and then, and what it holds."""
