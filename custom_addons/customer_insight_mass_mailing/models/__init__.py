from . import customer_analysis_coverage, customer_interaction, mailing_trace
