"""Fuzzing of every parser of ours: ``make fuzz``, and a short form among the tests.

`targets` names the parsers and what they may raise, `mutate` makes cases without any instrument,
``python -m tests.fuzz`` runs them at length, with Atheris where it is installed. Sequences and
whole streams are made by Hypothesis: `test_sequences`, `test_streams`.
"""
