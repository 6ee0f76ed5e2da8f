"""Methods of customer analytics in plain Python: no Odoo, no database."""
