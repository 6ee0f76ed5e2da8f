Feedback in the customer report and in Odoo's digest.
