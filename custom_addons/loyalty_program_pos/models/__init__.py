from . import loyalty_card, loyalty_program, pos_order
