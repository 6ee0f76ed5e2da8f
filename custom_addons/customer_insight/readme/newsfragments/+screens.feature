The app Customers: list, kanban, form with purchase history, pivot and graph, saved searches, a page on the contact, and filters for contacts.
