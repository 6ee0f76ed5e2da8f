Segments carry a survey; rules ask who enters a segment, or its members in waves.
