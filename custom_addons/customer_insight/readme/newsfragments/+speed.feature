All profiles of 100,000 customers with a million orders in seconds, in a few statements whose cost grows with the data; the benchmark compares each with bare SQL.
