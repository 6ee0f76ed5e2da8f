Answers to survey questions become preferences of the customer.
