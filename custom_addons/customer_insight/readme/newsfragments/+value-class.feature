A value class, high, normal or low, by share of customers or by amount.
