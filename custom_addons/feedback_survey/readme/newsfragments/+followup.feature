What comes after a case: hand-over to other departments with their time, compensation, asking again, cases of the same product; cases and themes on the page of scores and on the customer page.
