Customers open cases in the portal, of an order or of none; cases belong to a team.
