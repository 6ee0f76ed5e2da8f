Alerts: new warnings can plan an activity for the salesperson and come as one mail a day.
