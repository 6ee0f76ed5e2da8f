One timeline per customer: documents, messages, activities and touches logged by hand, on the customer's page and on the contact.
