from . import feedback_rule, stock_picking
