Confirming an order takes three per cent longer than without the add-on, not seven.
