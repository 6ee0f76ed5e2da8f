from . import test_customer_business, test_customer_interaction
