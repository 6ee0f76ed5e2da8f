from . import test_customer_interaction, test_customer_segment
