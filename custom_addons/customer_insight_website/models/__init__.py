from . import customer_interaction, customer_segment_condition
