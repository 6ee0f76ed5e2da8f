Confirming an order takes about three per cent longer than without the add-on, not seven; figures follow a burst of orders within half a second, not a minute.
