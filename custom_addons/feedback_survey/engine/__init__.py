"""Satisfaction figures in plain Python, without Odoo."""
