from . import customer_interaction, mailing_trace
