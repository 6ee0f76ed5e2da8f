Points as money: value of a point, expected use from the program's own past, points owed by lot and age, monthly journal entries that agree with the ledger to the cent.
