"""The demo: films that the line has never seen, watched live, and an honest report."""
