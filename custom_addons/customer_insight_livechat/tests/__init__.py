from . import test_customer_interaction
