from . import loyalty_earning_rule, slide_channel_partner
