from . import (
    customer_advice,
    customer_analysis_campaign,
    customer_analysis_coverage,
    customer_interaction,
    mailing_mailing,
    mailing_trace,
    utm_campaign,
)
