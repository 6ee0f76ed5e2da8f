from . import test_campaign_coverage, test_customer_interaction
