All records of a customer by kind on the customer page, and the documents of each RFM score with their shares.
