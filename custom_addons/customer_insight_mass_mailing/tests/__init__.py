from . import (
    test_campaign_coverage,
    test_campaign_results,
    test_customer_interaction,
    test_mailing_segments,
)
