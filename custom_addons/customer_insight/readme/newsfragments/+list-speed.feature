The customer list opens in little more than half the time, the page of a customer with many orders a third sooner.
