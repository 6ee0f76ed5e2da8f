from . import (
    loyalty_card,
    loyalty_program,
    loyalty_reward,
    pos_config,
    pos_order,
    pos_order_first_purchase,
    pos_order_return,
    res_partner,
)
