The customers who make 80 % of the revenue, with cumulative shares; month indices of product categories, with the years they rest on.
