Warnings of contracts that end while the customer is contacted less, with the renewal as
suggested action.
