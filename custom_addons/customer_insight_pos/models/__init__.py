from . import customer_interaction, customer_purchase, pos_order
