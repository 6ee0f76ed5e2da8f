Confirming an order takes four per cent longer than without the add-on, not seven.
