"""Measures what Customer Insight costs, against what nobody could do without.

Run as ``python -m bench``; docs/benchmarks.md says what is measured and how.
"""
