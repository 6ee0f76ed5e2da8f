Tiers with thresholds on points, amount or orders, periods, grace, multiplier, progress and receipts.
