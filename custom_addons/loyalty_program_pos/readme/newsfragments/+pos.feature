Points earned, spent and returned at the counter go through the ledger.
