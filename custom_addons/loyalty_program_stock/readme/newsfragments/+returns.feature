Returned goods take back their points, once with their credit note; points that wait for the delivery come with it.
