A profile of each customer in each company, computed every night and on demand, and brought up to date when a document changes.
