Pages viewed, and products viewed but not bought, as conditions of segments.
