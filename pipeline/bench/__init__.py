"""Measures the line beside what people write otherwise, and beside what the machine can do."""
