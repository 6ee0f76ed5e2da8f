The price list of a segment is applied to its members, if the company wants it; its owner takes over members without a salesperson.
