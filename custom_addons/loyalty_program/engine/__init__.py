"""Rules of points without Odoo: rounding, allocation of debits, days of expiry."""
