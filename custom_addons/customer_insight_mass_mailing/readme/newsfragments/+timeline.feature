Mailings are on the timeline of the customer: sent, opened, clicked, bounced.
