Returned rewards give their points back, first purchases at the counter have their bonus, contacts earn for their company's account, limited rewards are counted.
