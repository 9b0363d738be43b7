"""The whole line against servers that are not ours."""
