Visits to the website are on the timeline of the customer.
