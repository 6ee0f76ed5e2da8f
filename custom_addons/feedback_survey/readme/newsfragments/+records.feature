Cases, answers and comments are counted on the customer page beside the other records.
