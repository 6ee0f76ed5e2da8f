from . import (
    base_partner_merge,
    customer_as_of,
    customer_report_wizard,
    customer_report_wizard_customers,
    customer_report_wizard_groups,
    customer_report_wizard_method,
    customer_report_wizard_summary,
    customer_report_wizard_trend,
    customer_segment_add,
    customer_segment_cluster,
    customer_segment_day,
    customer_what_if,
)
