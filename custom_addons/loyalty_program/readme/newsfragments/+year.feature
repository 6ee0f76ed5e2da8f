The member's page draws a year of points, balance, orders and payments.
