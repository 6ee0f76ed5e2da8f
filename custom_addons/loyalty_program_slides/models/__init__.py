from . import loyalty_earning_rule
