Benefits of tiers that are applied by themselves: price list, points for birthdays, service before others, discounts, gifts and free shipping by Odoo's own rewards.
