All profiles are computed a tenth faster: each of PostgreSQL's workers takes a share of the customers from documents to facts.
