A campaign has a promotion of its own and counts the orders it was used in.
