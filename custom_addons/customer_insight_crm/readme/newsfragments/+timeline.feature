Opportunities and meetings are on the timeline of the customer.
