Points are kept in an append-only ledger with a digest chain; the balance of a card is the sum of its lines.
