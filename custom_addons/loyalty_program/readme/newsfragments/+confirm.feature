Confirming an order with points takes hardly longer than without the ledger.
