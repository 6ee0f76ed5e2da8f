Segments carry their offers: programs and promotions for their customers, on the form of the segment.
