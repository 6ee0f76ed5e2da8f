Open opportunities of a customer with their forecast by closing month.
