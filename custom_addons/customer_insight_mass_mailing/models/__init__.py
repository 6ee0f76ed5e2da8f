from . import (
    customer_analysis_campaign,
    customer_analysis_coverage,
    customer_interaction,
    mailing_mailing,
    mailing_trace,
    utm_campaign,
)
