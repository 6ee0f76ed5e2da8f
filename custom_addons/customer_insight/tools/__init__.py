"""Helpers of the models that know the database, but nothing of Odoo's records."""
