Measures: what was done on a day, marked on the purchase trend and the churn rate, with the figure before and after and whether the change is more than chance.
