Churn by sales team and usual product category; every row of a split opens its customers. Totals over several months begin with the first month and end with the last.
