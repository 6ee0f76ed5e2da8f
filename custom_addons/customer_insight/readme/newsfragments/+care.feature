Customer data that are looked after: type of customer, required fields and completeness, last verified, reviews that are due.
