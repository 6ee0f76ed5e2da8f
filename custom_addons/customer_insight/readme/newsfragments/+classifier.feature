The forecast as a classifier: whom it would have warned of on purchases it had not seen, with precision, recall, accuracy and their intervals, beside rules without a model.
