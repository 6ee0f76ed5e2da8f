The web shop says what an order earns, shows members their points, and takes the last piece of a reward before money moves.
