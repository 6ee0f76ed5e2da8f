from . import (
    base_partner_merge,
    customer_report_wizard,
    loyalty_card_update_balance,
    loyalty_generate_wizard,
    loyalty_point_adjust,
    loyalty_what_if,
    loyalty_what_if_index,
    loyalty_what_if_result,
)
